"""The page beside the data: what each file of the archive holds, how times are written, what is not in it and why."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping, Sequence
from typing import Final

import msgspec

from kaiteki.kit.taking.archive import Row, Sheet
from kaiteki.kit.taking.beside import LEFT_OUT
from kaiteki.model.instant import Instant, format_instant
from kaiteki.model.words import Words

_TEXT: Final = Words(
    """わたしのデータ

{now} に作りました。番号：{who}

どの表も JSON と CSV の2つがあります。内容は同じです。CSV は表計算ソフトで開けます。
時刻は ISO 8601 で、最後の Z は協定世界時です（日本の時刻は9時間進んでいます）。
data/ はあなたのもの、named/ はほかの記録のうちあなたが出てくるもの（あなたが見られる範囲）です。
1つの表は10,000件まで、見た人の記録は新しいものから20,000件まで、写真は500枚までです。それを超える分は窓口で開示を請求してください。

入っているもの
{files}

入れていないもの
{left}
・操作の記録（変更の記録）：改ざんを防ぐ記録のため。行ごとの証明は「記録の証明」のページで見られます
・API で作った通知の登録：API からいつでも取り出せます
""",
    """My data

Made {now}. Numbers: {who}

Each table comes twice, as JSON and as CSV, with the same content; spreadsheets open the CSV.
Times are ISO 8601; the Z at the end is UTC (Japan is nine hours ahead).
data/ is yours; named/ is what other records say of you, as far as you may see them.
A table has at most 10,000 records, the record of reads the newest 20,000 lines, and there are at most 500 photos. Ask for a disclosure of the rest at the counter.

What is in it
{files}

What is not in it
{left}
- The log of changes, because it proves what happened; each line and its proof can be had on the page of the log
- Subscriptions made over the API, which the API tells at any time
""",
    """わたしの データ

{now} に つくりました。ばんごう：{who}

ひょうは JSON と CSV です。おなじ ものです。
じかんの さいごの Z は せかいの じかんです。日本（にほん）は 9時間（じかん） はやいです。
data/ は あなたの もの、named/ は ほかの きろくの あなたの ところです。
1つの ひょうは 10,000こまで、見（み）た 人（ひと）は 20,000こまで、しゃしんは 500まいまでです。もっと あれば まどぐちで たのめます。

はいって いる もの
{files}

はいって いない もの
{left}
・なにを かえたかの きろく：しょうこに のこす ため
・API の お知（し）らせの とうろく：API で もらえます
""",
)


class Contents:
    """What went into an archive so far."""

    def __init__(self) -> None:
        self._counts: dict[str, tuple[Words, int]] = {}

    def add(self, name: str, words: Words, count: int = 1) -> None:
        """So many more of a file or folder."""
        self._counts[name] = (words, self._counts.get(name, (words, 0))[1] + count)

    def counted(self, sheet: Sheet) -> Sheet:
        """The table, whose rows are counted while they pass."""
        self.add(sheet.name, sheet.words, 0)

        async def pages() -> AsyncGenerator[Sequence[Row], None]:
            async for page in sheet.pages:
                self.add(sheet.name, sheet.words, len(page))
                yield page

        return msgspec.structs.replace(sheet, pages=pages())

    def readme(
        self, language: str, now: Instant, numbers: Sequence[str], beyond: Mapping[str, Words] | None = None
    ) -> str:
        """The page in one language; `beyond`: what is left out for who acts for the person, and why."""
        mark = "- " if language == "en" else "・"
        files = [
            f"{mark}{name}　{words.say(language)}　{count}" for name, (words, count) in self._counts.items()
        ]
        left = [f"{mark}{name}：{why.say(language)}" for name, why in {**(beyond or {}), **LEFT_OUT}.items()]
        return _TEXT.fill(
            language,
            now=format_instant(now),
            who="、".join(numbers),
            files="\n".join(files),
            left="\n".join(left),
        )
