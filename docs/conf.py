"""Sphinx configuration for the pages that scripts/docs collects."""

project = "mist.cloud"
copyright = "the contributors, MIT"  # noqa: A001, Sphinx's own name
extensions = ["sphinx_antsibull_ext", "myst_parser"]
html_theme = "furo"
html_title = "mist.cloud"
html_show_sphinx = False
# Light or dark by the reader's choice, as in furo.
antsibull_ext_color_scheme = "default-autodark"
default_role = "any"
nitpicky = True
# Pages of Ansible itself, which the documentation links by URL.
nitpick_ignore_regex = [
    ("std:ref", "ansible_configuration_settings|common_return_values"),
    ("std:envvar|envvar", "ANSIBLE_CACHE_PLUGIN.*"),
]
