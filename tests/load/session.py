"""One visitor: a websocket that speaks Streamlit's protocol as its frontend does, and the pictures it fetches."""

import asyncio
import math
import re
import time
import uuid
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.Common_pb2 import UploadedFileInfo
from streamlit.proto.Delta_pb2 import Delta
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException

from tests.load.addresses import addresses
from tests.load.fetching import BROKEN_OFF, Browser
from tests.load.messages import MessageCache, red_box
from tests.load.widgets import BLOCKS, KINDS, UNSENT, Widget

PATIENCE_S = 60
ENDS = (ForwardMsg.FINISHED_SUCCESSFULLY, ForwardMsg.FINISHED_FRAGMENT_RUN_SUCCESSFULLY)
BROKEN = "broken picture"
LOST = (WebSocketException, *BROKEN_OFF)
GIVEN = ("image/", "application/json")  # pictures, and rows of a tree


@dataclass
class Action:
    """What one action cost, from the message that asks for it; `all_s` is infinite where the connection broke.

    `problems` are red boxes and whatever else a visitor must not see.
    """

    name: str
    began: float = field(default_factory=time.perf_counter)
    text_s: float = 0.0
    all_s: float = 0.0
    socket_bytes: int = 0
    picture_bytes: int = 0
    pictures: int = 0
    problems: list[str] = field(default_factory=list)


class Visitor:
    """A browser tab. `only` sends the widget that changed alone, which no browser does and a callback must bear."""

    def __init__(self, url: str, *, only: bool = False, locale: str = "en-US", patience_s: float = PATIENCE_S):
        self.url, self.only, self.locale, self.patience_s = url.rstrip("/"), only, locale, patience_s
        parts = urlsplit(url)
        self.browser = Browser(parts.hostname, parts.port or 80)
        self.socket: ClientConnection | None = None
        self.page = self.page_hash = self.query = self.session = self.xsrf = ""
        self.lost = False  # it no longer knows what the server does: a real visitor would load the page again
        self.widgets: dict[str, Widget] = {}
        self.values: dict[str, WidgetState] = {}
        self._messages = MessageCache()
        self._timers: dict[str, float] = {}
        self._seen: set[str] = set()
        self._tabs: dict[tuple[int, ...], Widget] = {}
        self._pictures: list[asyncio.Task] = []

    async def __aenter__(self) -> "Visitor":
        return self

    async def __aexit__(self, *error: object) -> None:
        await self.close()

    async def open(self, page: str = "", query: str = "") -> Action:
        """Open a page by its address, as a new tab does."""
        self.page, self.query = page, query
        return await self._guarded(Action(f"open /{page}"), self._enter)

    async def close(self) -> None:
        for task in self._pictures:
            task.cancel()
        await asyncio.gather(*self._pictures, return_exceptions=True)
        await self.browser.close()
        if self.socket:
            with suppress(OSError, TimeoutError):
                await asyncio.wait_for(self.socket.close(), 5)

    async def act(self, name: str, *changes: WidgetState) -> Action:
        """Send changed widgets, and wait until the page and its pictures are there."""
        return await self._guarded(Action(name), lambda action: self._show(action, changes))

    def find(self, key: str) -> list[Widget]:
        """The widgets whose whole key matches a pattern, in the page's order; buttons that cannot be pressed left out."""
        pattern = re.compile(key)
        matching = [widget for widget in self.widgets.values() if pattern.fullmatch(widget.key)]
        return [widget for widget in matching if not getattr(widget.proto, "disabled", False)]

    async def upload(self, widget: Widget, name: str, data: bytes) -> Action:
        """Give a file uploader a file: an address is asked for, the file put there, the widget told."""
        return await self._guarded(Action(f"upload {name}"), lambda action: self._upload(action, widget, name, data))

    async def _upload(self, action: Action, widget: Widget, name: str, data: bytes) -> None:
        request, urls = BackMsg(), None
        request.file_urls_request.request_id = uuid.uuid4().hex
        request.file_urls_request.file_names.append(name)
        request.file_urls_request.session_id = self.session
        await self._send(request, action)
        while urls is None:
            message = await self._receive(action)
            if message.WhichOneof("type") == "file_urls_response":
                (urls,) = message.file_urls_response.file_urls
        if await self.put(urls.upload_url, name, data) < 300:  # else it is refused, and the page never hears of it
            info = UploadedFileInfo(file_id=urls.file_id, name=name, size=len(data), file_urls=urls)
            await self._show(action, [widget.sent([info])])

    async def put(self, address: str, name: str, data: bytes) -> int:
        """Put a file at an address of the upload endpoint. Returns the status; 413 too where the server hangs up."""
        edge = uuid.uuid4().hex
        safe = name.encode("ascii", "replace").decode().replace('"', "_")
        head = f'--{edge}\r\nContent-Disposition: form-data; name="file"; filename="{safe}"\r\n\r\n'
        body = head.encode() + data + f"\r\n--{edge}--\r\n".encode()
        headers = {
            "Content-Type": f"multipart/form-data; boundary={edge}",
            "X-Xsrftoken": self.xsrf,
            "Cookie": f"_streamlit_xsrf={self.xsrf}",
        }
        try:
            return (await self.browser.ask("PUT", address, body, headers)).status
        except LOST:
            return 413

    async def _guarded(self, action: Action, act: Callable[[Action], Awaitable[None]]) -> Action:
        """The action with its times, whatever becomes of it."""
        try:
            async with asyncio.timeout(self.patience_s):
                await act(action)
        except TimeoutError:
            self.lost = True
            action.problems.append(f"no end within {self.patience_s:g} s")
        except LOST as error:
            self.lost = True
            action.problems.append(f"the connection broke: {type(error).__name__} {error}")
            action.all_s = math.inf
        action.all_s = max(action.all_s, time.perf_counter() - action.began)
        action.text_s = action.text_s or action.all_s
        return action

    async def _enter(self, action: Action) -> None:
        health = await self.browser.ask("GET", "/_stcore/health")
        self.xsrf = re.search(r"_streamlit_xsrf=([^;]*)|$", health.headers.get("set-cookie", ""))[1] or "none"
        self.socket = await connect(
            f"ws{self.url.removeprefix('http')}/_stcore/stream",
            subprotocols=["streamlit", self.xsrf],
            max_size=None,
            max_queue=None,
            open_timeout=None,
            ping_interval=None,
            compression=None,
            proxy=None,
        )
        await self._show(action, ())

    async def _show(self, action: Action, changes: Iterable[WidgetState]) -> None:
        await self._rerun(action, changes)
        action.text_s = time.perf_counter() - action.began
        await self._settle(action)

    async def _settle(self, action: Action) -> None:
        """Wait for the pictures, and for fragments that look again by themselves until they have what they wait for."""
        while True:
            pictures, self._pictures = self._pictures, []
            await asyncio.gather(*pictures)
            if not self._timers:
                return
            fragment, interval = min(self._timers.items(), key=lambda item: item[1])
            await asyncio.sleep(interval)
            if fragment in self._timers:
                await self._rerun(action, (), fragment)

    async def _rerun(self, action: Action, changes: Iterable[WidgetState], fragment: str = "") -> None:
        request = BackMsg()
        client = request.rerun_script
        client.query_string = self.query
        client.page_script_hash = self.page_hash
        client.page_name = "" if self.page_hash else self.page
        client.context_info.timezone, client.context_info.locale = "Europe/Berlin", self.locale
        client.context_info.url = f"{self.url}/{self.page}"
        client.context_info.color_scheme = "light"
        client.cached_message_hashes.extend(self._messages.hashes)
        client.is_auto_rerun = bool(fragment)
        changes = {change.id: change for change in changes}
        fragments = {self.widgets[id].fragment for id in changes if id in self.widgets}
        client.fragment_id = fragment or (fragments.pop() if len(fragments) == 1 else "")
        client.widget_states.widgets.extend(changes.values())
        if not self.only:
            client.widget_states.widgets.extend(value for id, value in self.values.items() if id not in changes)
        self.values |= {id: change for id, change in changes.items() if not change.HasField("trigger_value")}
        self._seen.clear()
        await self._send(request, action)
        await self._until_finished(action)

    async def _send(self, request: BackMsg, action: Action) -> None:
        raw = request.SerializeToString()
        action.socket_bytes += len(raw)
        await self.socket.send(raw)

    async def _receive(self, action: Action) -> ForwardMsg:
        raw = await self.socket.recv()
        action.socket_bytes += len(raw)
        return self._messages.resolved(raw)

    async def _until_finished(self, action: Action) -> None:
        while True:
            message = await self._receive(action)
            kind = message.WhichOneof("type")
            if kind == "delta":
                self._take(message.delta, tuple(message.metadata.delta_path), action)
            elif kind == "new_session":
                session = message.new_session
                if not message.metadata.run.fragment_ids:
                    self._timers.clear()
                self.session = session.initialize.session_id
                self.page_hash = session.page_script_hash or self.page_hash
                self._messages.max_age = session.config.max_cached_message_age or self._messages.max_age
            elif kind == "navigation":
                self.page_hash = message.navigation.page_script_hash or self.page_hash
            elif kind == "page_info_changed":
                self.query = message.page_info_changed.query_string
            elif kind == "auto_rerun":
                self._timers[message.auto_rerun.fragment_id] = message.auto_rerun.interval
            elif kind == "stop_auto_rerun":
                for fragment in message.stop_auto_rerun.fragment_ids:
                    self._timers.pop(fragment, None)
            elif kind == "script_finished" and message.script_finished != ForwardMsg.FINISHED_EARLY_FOR_RERUN:
                self._finish(message, action)
                return

    def _finish(self, message: ForwardMsg, action: Action) -> None:
        if message.script_finished not in ENDS:
            action.problems.append("the script did not compile")
        fragments = list(message.metadata.run.fragment_ids)
        self._messages.run_ended(fragments)
        gone = [
            id
            for id, widget in self.widgets.items()
            if id not in self._seen and (not fragments or widget.fragment in fragments)
        ]
        for id in gone:
            del self.widgets[id]
            self.values.pop(id, None)

    def _take(self, delta: Delta, path: tuple[int, ...], action: Action) -> None:
        if delta.WhichOneof("type") == "add_block":
            self._take_block(delta, path)
            return
        element = delta.new_element
        kind = element.WhichOneof("type")
        if kind == "exception":
            action.problems.append(red_box(element.exception))
        elif kind in KINDS:
            self._register(Widget(kind, getattr(element, kind), delta.fragment_id))
        for address in addresses(element):
            self._pictures.append(asyncio.create_task(self._picture(address, action)))

    def _take_block(self, delta: Delta, path: tuple[int, ...]) -> None:
        block = delta.add_block
        kind = block.WhichOneof("type")
        if kind == "tab" and path[:-1] in self._tabs:
            self._tabs[path[:-1]].labels.append(block.tab.label)
        elif kind in BLOCKS and getattr(block, kind).id:
            widget = Widget(kind, getattr(block, kind), delta.fragment_id, [])
            self._tabs[path] = widget
            self._register(widget)

    def _register(self, widget: Widget) -> None:
        if not widget.id:
            return
        self.widgets.pop(widget.id, None)  # so that the order is the page's
        self.widgets[widget.id] = widget
        self._seen.add(widget.id)
        if widget.id not in self.values or getattr(widget.proto, "set_value", False):
            value = KINDS[widget.kind].initial(widget)
            if value is not UNSENT:
                self.values[widget.id] = widget.sent(value)

    async def _picture(self, address: str, action: Action) -> None:
        try:
            answer = await self.browser.picture(address)
        except LOST as error:
            action.problems.append(f"{BROKEN}: {type(error).__name__} {address[:200]}")
            return
        if answer is None:
            return
        action.pictures += 1
        action.picture_bytes += len(answer.body)
        kind = answer.headers.get("content-type", "")
        if answer.status != 200 or not kind.startswith(GIVEN):  # Streamlit answers what it does not know with its page
            action.problems.append(f"{BROKEN}: {answer.status} {kind} {address[:200]}")
