"""A service for tests: a town hall lends handcarts. Small, but with numbers, secrets, letters and refusals."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import msgspec

from kaiteki.kit.forms import Label
from kaiteki.kit.manifest import Command, EntityType, Service, State
from kaiteki.kit.numbering import counter_id, next_number
from kaiteki.kit.views import fresh_id
from kaiteki.model.access import ANYONE, STAFF
from kaiteki.model.decision import Accepted, Asked, Message, Refused
from kaiteki.model.instant import Instant
from kaiteki.model.words import Words


class Loan(msgspec.Struct, frozen=True):
    id: str
    number: str
    thing: str
    phone: str = ""
    borrower: str = ""
    asked_at: Instant = Instant(0)
    back: bool = False


class Borrow(msgspec.Struct, frozen=True):
    thing: Annotated[str, Label(Words("品物", "Thing", "もの")), msgspec.Meta(max_length=20)]
    phone: Annotated[str, Label(Words("電話", "Phone", "でんわ"))] = ""


class Return(msgspec.Struct, frozen=True):
    id: str


class Rules(msgspec.Struct, frozen=True):
    things: tuple[str, ...] = ("handcart", "rake")


def borrow(state: State, form: Borrow, asked: Asked) -> Accepted | Refused:
    """A loan with the next number, and a letter to whoever asked."""
    if form.thing not in asked.settings.things:
        return Refused("not_found")
    number, counter = next_number(state, "L", asked)
    loan = Loan(fresh_id("Loan", asked), number, form.thing, form.phone, asked.owner, asked.now)
    sent = Message(asked.owner, Words("貸出", "Loan", "かしだし"), Words(number, number), f"/loans/{number}")
    return Accepted(
        (loan, counter), messages=(sent,) if asked.owner else (), answer={"id": loan.id, "number": number}
    )


def give_back(state: State, form: Return, asked: Asked) -> Accepted | Refused:
    """Back once, not twice."""
    loan = state.get(form.id)
    if not isinstance(loan, Loan):
        return Refused("not_found")
    return Refused("conflict") if loan.back else Accepted((msgspec.structs.replace(loan, back=True),))


def needs_of_borrow(form: Borrow, asked: Asked) -> Sequence[str]:
    """The counter of loans."""
    return (counter_id("L", asked),)


LOANS = EntityType(
    name="Loan",
    view=Loan,
    words=Words("貸出", "Loans", "かしだし"),
    title="number",
    columns=("number", "thing", "back"),
    labels={"number": Words("番号", "Number", "ばんごう"), "phone": Words("電話", "Phone", "でんわ")},
    public=("number", "thing", "asked_at", "back"),
    holder="borrower",
)
LENDING = Service(
    name="lending",
    words=Words("貸出", "Lending", "かしだし"),
    summary=Words("道具を借りる", "Borrow tools", "どうぐを かりる"),
    field="town",
    stage="lab",
    package="lending",
    types=(LOANS,),
    commands=(
        Command(
            "borrow", Words("借りる", "Borrow", "かりる"), Borrow, borrow, needs_of_borrow, (ANYONE, STAFF)
        ),
        Command(
            "give_back",
            Words("返却", "Return", "かえす"),
            Return,
            give_back,
            lambda form, asked: (form.id,),
            (STAFF,),
            on="Loan",
        ),
    ),
    settings=Rules,
)
