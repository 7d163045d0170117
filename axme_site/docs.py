"""The page of the API's operations: the stock reader, in the language, width and theme of who reads it."""

from ninja.openapi.docs import Swagger


class Docs(Swagger):
    template = "docs.html"
