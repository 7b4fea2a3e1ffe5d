"""Why a photo is refused, in the words that the person reads."""

from __future__ import annotations

from typing import Final

from kaiteki.model.decision import Fault, Refused
from kaiteki.model.words import Words

REFUSALS: Final[dict[str, Words]] = {
    "empty": Words(
        "写真が空です。もう一度選んでください。",
        "The photo is empty. Please choose it again.",
        "写真（しゃしん）が からっぽです。もう一度（いちど） えらんでください。",
    ),
    "too_large": Words(
        "写真は10MBまでです。小さい写真を選んでください。",
        "A photo may have at most 10 MB. Please choose a smaller one.",
        "写真（しゃしん）が 大（おお）きすぎます。10MBまでの 写真（しゃしん）を えらんでください。",
    ),
    "too_many_pixels": Words(
        "写真の画素数が大きすぎます（6,000万画素まで）。",
        "The photo has too many pixels (at most 60 million).",
        "写真（しゃしん）が 大（おお）きすぎます。べつの 写真（しゃしん）を えらんでください。",
    ),
    "heic": Words(
        "HEIC形式は使えません。iPhoneでは「設定」→「カメラ」→「フォーマット」→「互換性優先」で撮り直すか、"
        "写真のスクリーンショットを選んでください。",
        "HEIC photos cannot be used. On an iPhone, choose Settings, Camera, Formats, Most Compatible and take it again, "
        "or choose a screenshot of the photo.",
        "この 写真（しゃしん）の 形（かたち）（HEIC）は 使（つか）えません。iPhoneは 「設定（せってい）」→「カメラ」→"
        "「フォーマット」→「互換性優先（ごかんせい ゆうせん）」で もういちど とってください。",
    ),
    "not_a_photo": Words(
        "写真として読めません。JPEG、PNG、WebPの写真を選んでください。",
        "This is not a photo we can read. Please choose a JPEG, PNG or WebP photo.",
        "写真（しゃしん）では ありません。JPEG、PNG、WebPの 写真（しゃしん）を えらんでください。",
    ),
    "broken": Words(
        "写真が壊れているようです。別の写真を選んでください。",
        "The photo seems to be damaged. Please choose another one.",
        "写真（しゃしん）が こわれています。べつの 写真（しゃしん）を えらんでください。",
    ),
    "malware": Words(
        "このファイルから危険なプログラムが見つかったため、受け付けられません。ほかの写真を選んでください。",
        "Something dangerous was found in this file, so it is not taken. Please choose another photo.",
        "この ファイルは あぶないので、うけとれません。べつの 写真（しゃしん）を えらんでください。",
    ),
    "not_scanned": Words(
        "いま写真の安全を確かめられません。数分後にもう一度お試しください。",
        "Photos cannot be checked just now. Please try again in a few minutes.",
        "いま 写真（しゃしん）を しらべられません。すこし まってから もういちど おくってください。",
    ),
    "busy": Words(
        "写真の受け付けが混み合っています。数分後にもう一度お試しください。",
        "Many photos are waiting just now. Please try again in a few minutes.",
        "いま 写真（しゃしん）が たくさん きています。すこし まってから もういちど おくってください。",
    ),
}
"""The words of each refusal, by its code."""


def refuse(code: str, field: str) -> Refused:
    """The refusal of a photo, at the field it came with."""
    return Refused("invalid", (Fault(field, code, REFUSALS[code]),))
