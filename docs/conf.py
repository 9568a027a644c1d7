"""How Sphinx makes the documentation's pages of what scripts/docs puts beside this file."""

project = "mist.cloud"
copyright = "the contributors, MIT"  # noqa: A001, Sphinx's own name
extensions = ["sphinx_antsibull_ext", "myst_parser"]
html_theme = "furo"
html_title = "mist.cloud"
html_show_sphinx = False
# The ground is the reader's choice, light or dark, here as in furo.
antsibull_ext_color_scheme = "default-autodark"
default_role = "any"
nitpicky = True
# What is not made here: pages of Ansible itself, which the pages link by address.
nitpick_ignore_regex = [("std:ref", "ansible_configuration_settings|common_return_values")]
