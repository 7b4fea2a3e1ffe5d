"""Every refusal of the data plane, in one table: RFC 9457 problem details with the error types of NGSI-LD.

Source: ETSI GS CIM 009 V1.9.1 clauses 5.5.2 (errors) and 6.3.2 (HTTP status).
"""

from __future__ import annotations

from typing import Final, NamedTuple

ERROR_PREFIX: Final = "https://uri.etsi.org/ngsi-ld/errors/"


class Refusal(NamedTuple):
    """One row of the table: HTTP status and the title a person reads."""

    status: int
    title: str


REFUSALS: Final[dict[str, Refusal]] = {
    "InvalidRequest": Refusal(400, "The request is not valid"),
    "BadRequestData": Refusal(400, "The request holds data that cannot be accepted"),
    "AlreadyExists": Refusal(409, "There is one with this id already"),
    "OperationNotSupported": Refusal(422, "This operation is not supported"),
    "ResourceNotFound": Refusal(404, "Nothing with this id was found"),
    "InternalError": Refusal(500, "The server failed"),
    "TooComplexQuery": Refusal(403, "The query is too complex"),
    "TooManyResults": Refusal(403, "The query has too many results"),
    "LdContextNotAvailable": Refusal(503, "A @context is not available"),
    "NoMultiTenantSupport": Refusal(501, "Tenants are not supported"),
    "NonexistentTenant": Refusal(404, "There is no such tenant"),
    "Conflict": Refusal(409, "The request conflicts with another"),
    "RequestTimeout": Refusal(408, "The request took too long to arrive"),
    "PayloadTooLarge": Refusal(413, "The body is too large"),
    "UnsupportedMediaType": Refusal(415, "This media type is not accepted here"),
    "NotAcceptable": Refusal(406, "None of the accepted media types can be produced"),
    "MethodNotAllowed": Refusal(405, "This method is not allowed here"),
    "LengthRequired": Refusal(411, "A body with a length is needed"),
    "UriTooLong": Refusal(414, "The request line is too long"),
    "Unauthorized": Refusal(401, "Please sign in"),
    "Forbidden": Refusal(403, "This is not allowed for this account"),
    "TooManyRequests": Refusal(429, "Too many requests"),
    "BadGateway": Refusal(502, "A context source did not do what it was asked"),
    "ServiceUnavailable": Refusal(503, "What is kept here cannot be reached now"),
    "GatewayTimeout": Refusal(504, "A context source did not answer"),
    "LoopDetected": Refusal(508, "The request has come round in a circle"),
}


class Problem(Exception):
    """A refusal of the data plane; the edge answers with it. `code` is a key of REFUSALS, `field` names the culprit."""

    def __init__(self, code: str, detail: str, field: str | None = None) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail
        self.field = field

    @property
    def status(self) -> int:
        """The HTTP status of this refusal."""
        return REFUSALS[self.code].status

    def document(self) -> dict[str, object]:
        """The problem details object (RFC 9457); `field` is an extension member that names what to mend."""
        row = REFUSALS[self.code]
        body: dict[str, object] = {
            "type": ERROR_PREFIX + self.code,
            "title": row.title,
            "status": row.status,
            "detail": self.detail,
        }
        if self.field is not None:
            body["field"] = self.field
        return body
