"""A source's side of the story, over the API, and the platform's own account of it."""

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from types import TracebackType
from typing import Any, Self, TypeVar

import httpx

from reviewapp.demo.browsing import Lost
from reviewapp.demo.counts import Counts
from reviewapp.demo.feeding import Feeder
from reviewapp.demo.residents import Row
from reviewapp.demo.world import World

SETTLE_SECONDS = 45
_Found = TypeVar("_Found")


class Machine:
    """Sends what the simulated messenger shares, and asks what became of it. Raises Lost."""

    def __init__(self, url: str, platform_url: str, key: str) -> None:
        self._url, self._key, self._platform_url = url, key, platform_url
        self._client = httpx.Client(
            base_url=f"{url}/api/v1/",
            headers={"Authorization": f"Bearer {key}"},
            timeout=60,
            trust_env=False,
        )
        self._platform = httpx.Client(base_url=platform_url, timeout=10, trust_env=False)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._client.close()
        self._platform.close()

    # Sending

    def feed(self, world: World) -> dict[str, Counts]:
        with Feeder(self._url, self._key) as feeder:
            return {
                "accounts": feeder.send("accounts", world.accounts),
                "evidence": feeder.send("evidence", world.evidence),
                "detections": feeder.send("detections", world.detections),
            }

    def report_ban(self, like: Row, *, account: str, seconds: float) -> str:
        """Report a ban of `account` that ends in so many seconds; `like` is another detection.

        Returns the enforcement's ref.
        """
        now = datetime.now(UTC)
        row = {
            **like,
            "id": "ends-by-itself",
            "account": account,
            "verdict": "ENFORCED",
            "action": "TEMPORARY_BAN",
            "enforced_at": (now - timedelta(seconds=1)).isoformat(),
            "until": (now + timedelta(seconds=seconds)).isoformat(),
            "notify": False,
        }
        ref: str = self._post("detections", {"items": [row]})["results"][0]["enforcement"]
        return ref

    def confirm(self, enforcement: str) -> None:
        """Say, as the platform may, that an enforcement was applied."""
        said = {"outcome": "APPLIED", "at": datetime.now(UTC).isoformat()}
        self._post(f"enforcements/{enforcement}/confirmation", said)

    def _post(self, path: str, body: Any) -> Any:
        return _json(self._client.post(path, json=body))

    # Reading

    def get(self, path: str, **parameters: str) -> dict[str, Any]:
        found: dict[str, Any] = _json(self._client.get(path, params=parameters))
        return found

    def pages(self, path: str, **parameters: str) -> Iterator[dict[str, Any]]:
        """Every row of a list, page after page."""
        after: dict[str, str] = {}
        while True:
            page = self.get(path, limit="500", **parameters, **after)
            yield from page["items"]
            if not page["next"]:
                return
            after = {"after": page["next"]}

    # The platform

    def platform(self) -> dict[str, Any]:
        """What the platform says of itself."""
        state: dict[str, Any] = _json(self._platform.get("state.json"))
        return state

    def only_acknowledge(self) -> None:
        """From now on the platform takes orders and does not say that it carried them out."""
        _json(self._platform.post("mode", json={"answer": "acknowledge"}))


def counted(state: dict[str, Any], kind: str, status: str) -> int:
    """How many messages of `kind` the platform answered with `status`."""
    number: int = state["counts"].get(kind, {}).get(status, 0)
    return number


def once(look: Callable[[], _Found], is_there: Callable[[_Found], bool]) -> _Found:
    """What `look` finds as soon as `is_there`, or when time is up: others work meanwhile."""
    deadline = time.monotonic() + SETTLE_SECONDS
    while True:
        found = look()
        if is_there(found) or time.monotonic() > deadline:
            return found
        time.sleep(0.2)


def _json(answer: httpx.Response) -> Any:
    if answer.status_code != 200:
        said = f"{answer.request.method} {answer.request.url.path} answered {answer.status_code}"
        raise Lost(f"{said}: {answer.text[:200]}")
    return answer.json()
