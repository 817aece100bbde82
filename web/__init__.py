"""The station's local web page, one blueprint per subject; only the command ``run`` imports it.

:mod:`web.app` puts it together; :mod:`web.view_context` is how a view comes to the station; texts are in
:mod:`web.texts`.
"""
