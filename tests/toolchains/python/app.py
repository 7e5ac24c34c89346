"""A component made with componentize-py, which knows nothing of Portcullis."""

from typing import List

import wit_world
import wit_world.exports
from componentize_py_types import Err
from wit_world.exports import shelf


class WitWorld(wit_world.WitWorld):
    def hello(self, name: str) -> str:
        return f"Hello, {name}!"


class Shelf(wit_world.exports.Shelf):
    def total(self, articles: List[shelf.Article]) -> int:
        return sum(article.price_cents * article.count for article in articles)

    def scarce(self, articles: List[shelf.Article], fewer_than: int) -> List[shelf.Article]:
        return [article for article in articles if article.count < fewer_than]

    def find(self, articles: List[shelf.Article], name: str) -> shelf.Article:
        for article in articles:
            if article.name == name:
                return article
        raise Err(f"there is no {name}")
