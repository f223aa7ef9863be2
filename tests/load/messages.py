"""Messages of Streamlit's server, as its frontend keeps and reads them."""

from collections.abc import Sequence

from streamlit.proto.Exception_pb2 import Exception as Box
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

RED_BOX = "red box"


def red_box(exception: Box) -> str:
    """What a red box says; Streamlit keeps the message of others' errors for the log."""
    said = "" if exception.message.startswith("This app has encountered an error") else f": {exception.message}"
    return f"{RED_BOX}: {exception.type}{said}"


class MessageCache:
    """Large messages that the server need not send again: it is told their hashes and sends references.

    As in Streamlit 1.67's frontend, one that was not used in the last `max_age` runs is dropped.
    """

    def __init__(self):
        self._messages: dict[str, tuple[bytes, int, str]] = {}
        self._runs = 0
        self.max_age = 2

    @property
    def hashes(self) -> list[str]:
        return list(self._messages)

    def resolved(self, raw: bytes) -> ForwardMsg:
        message = ForwardMsg.FromString(raw)
        if message.WhichOneof("type") == "ref_hash":
            original, _age, fragment = self._messages[message.ref_hash]
            self._messages[message.ref_hash] = (original, self._runs, fragment)
            known = ForwardMsg.FromString(original)
            known.metadata.CopyFrom(message.metadata)
            return known
        if message.metadata.cacheable:
            self._messages[message.hash] = (raw, self._runs, message.delta.fragment_id)
        return message

    def run_ended(self, fragments: Sequence[str]) -> None:
        self._runs += 1
        self._messages = {
            hash: (raw, used, fragment)
            for hash, (raw, used, fragment) in self._messages.items()
            if (fragments and fragment not in fragments) or self._runs - used <= self.max_age
        }
