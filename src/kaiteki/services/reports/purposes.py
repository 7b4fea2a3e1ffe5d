"""What まちレポ uses data of people for, on what ground, and who gets them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from kaiteki.kit.grounds import BY_ITSELF, CONSENT, DUTY, NOBODY_ELSE
from kaiteki.kit.manifest import Purpose
from kaiteki.model.words import Words

REPORTERS: Final = Words(
    "まちレポで知らせた人", "People who reported something", "まちレポで 知（し）らせた 人（ひと）"
)

PURPOSES: Final[Mapping[str, Purpose]] = {
    "repair": Purpose(
        Words("まちの不具合を直すため", "To mend what is broken in town", "まちを なおすため"),
        ground=DUTY,
        items=("Report",),
        recipients=Words(
            "公開する項目はどなたでも。設備を管理する国・県・会社には、直してもらうために伝えます",
            "What is public: everybody. Owners of things (state, prefecture, companies) hear of it so that they mend them",
            "みんなに 見（み）せる ことは みんなに。なおす 会社（かいしゃ）や 県（けん）にも つたえます",
        ),
        people=REPORTERS,
        source=BY_ITSELF,
    ),
    "contact": Purpose(
        Words("報告した人に確かめるため", "To ask back the reporter", "知（し）らせた人に きくため"),
        ground=DUTY,
        items=("ReportContact",),
        recipients=NOBODY_ELSE,
        people=Words(
            "連絡先を書いた人", "Reporters who left a contact", "れんらくさきを 書（か）いた 人（ひと）"
        ),
        source=BY_ITSELF,
    ),
    "forward": Purpose(
        Words(
            "知らせを引き継ぐ機関に、報告した人の連絡先を伝えるため",
            "To tell the reporter's contact to the body that a report is handed over to",
            "知（し）らせを わたす ところに、あなたの れんらくさきを つたえる ため",
        ),
        basis="consent",
        ground=CONSENT,
        items=("ReportContact.name", "ReportContact.email", "ReportContact.phone"),
        recipients=Words(
            "知らせを引き継いだ機関（国・県・電力会社など、設備の管理者）",
            "The body that takes the report over: the owner of the thing, such as the state, the prefecture, a power company",
            "知（し）らせを もらった ところ（県（けん）や 電気（でんき）の 会社（かいしゃ）など）",
        ),
        people=Words(
            "連絡先を書いた人", "Reporters who left a contact", "れんらくさきを 書（か）いた 人（ひと）"
        ),
        source=BY_ITSELF,
    ),
    "book": Purpose(
        Words(
            "書きかけと送った知らせの控えを残し、続報を届けるため",
            "To keep drafts and what was sent, and to bring news of it",
            "とちゅうの ものや おくった ものを のこす ため",
        ),
        ground=DUTY,
        items=("ReportBook",),
        recipients=NOBODY_ELSE,
        people=REPORTERS,
        source=BY_ITSELF,
    ),
}
