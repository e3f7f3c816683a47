"""Settings of Voila for `make present`, `make panels` and `make slides`."""

c = get_config()  # noqa: F821, Jupyter puts it here
load_subconfig("../binder/jupyter_server_config.py")  # noqa: F821, so that pictures come at once

c.VoilaConfiguration.template = "stage"
c.VoilaConfiguration.strip_sources = False
c.VoilaConfiguration.show_tracebacks = True
c.VoilaConfiguration.extension_denylist = ["@jupyter-notebook/lab-extension"]  # knows no Voila
c.Application.log_level = "ERROR"

# A page that is left asks to end its kernel, with a token that Voila never gave it.
c.Voila.tornado_settings = {"disable_check_xsrf": True}
