"""The web application, for a WSGI server: `granian --interface wsgi reviewapp.wsgi:application`."""

import gc
import os
from importlib import import_module

from django.conf import settings
from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "reviewapp.settings")

application = get_wsgi_application()

# What a start has loaded stays until the end. Left to the garbage collector, it is walked through
# again every few dozen requests, and one of them takes a tenth of a second longer for it.
import_module(settings.ROOT_URLCONF)
gc.collect()
gc.freeze()
