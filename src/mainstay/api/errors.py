"""One map from what went wrong to what is answered: a status, and code, message, field, remedy."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

from django.core.exceptions import BadRequest, RequestDataTooBig, SuspiciousOperation
from django.http import Http404, HttpRequest, JsonResponse
from django.utils.translation import get_language
from ninja import NinjaAPI, Schema
from ninja.errors import AuthenticationError, HttpError, ValidationError
from pydantic import Field

from mainstay.effort.errors import EffortUnknown, RateUnknown
from mainstay.exchange.errors import (
    AlreadyApplied,
    BadMapping,
    FileTooLarge,
    SourceNotFound,
    UploadNotFound,
)
from mainstay.foundation.errors import (
    JobNotFound,
    KeyReused,
    NoSuchPerson,
    NoSuchWebhook,
    NotAllowed,
    TokenNotValid,
    TooManyRequests,
)
from mainstay.insights.errors import (
    BridgeNotMade,
    ConcessionsNotMade,
    CustomerNotFound,
    NotGraded,
    TargetDayNotValid,
    WhiteSpaceNotMade,
)
from mainstay.kernel.cursor import BadCursor
from mainstay.kernel.errors import MainstayError, Words, words
from mainstay.ledger.errors import BatchNotFound, DocumentNotFound, NotInForce
from mainstay.parties.errors import ContactUnknown, CustomerUnknown
from mainstay.policies.errors import BenefitUnknown, NoSuchPolicy
from mainstay.retention.errors import LossUnknown, WinBackUnknown

log = logging.getLogger(__name__)


class Fault(Schema):
    """One thing wrong with one part of the request."""

    code: str
    message: str
    field: str | None = Field(description="Where, as «query.size» or «body.events.0.number».")
    remedy: str


class Problem(Fault):
    """What every refusal says, in the language that Accept-Language asks for."""

    code: str = Field(description="Stable: programs decide by it.")
    message: str = Field(description="What happened.")
    remedy: str = Field(description="What to do about it; may be empty.")
    faults: list[Fault] = Field(description="Each single fault, where there are several.")


class NotUnderstood(MainstayError):
    code = "not_understood"
    message = words("The request could not be read.", "无法识别该请求。")
    remedy = words("Send what the OpenAPI document describes.", "请按 OpenAPI 文档发送。")


class NoSuchAddress(MainstayError):
    code = "no_such_address"
    message = words("There is nothing at this address.", "此地址不存在。")
    remedy = words(
        "The addresses are listed in /api/v1/openapi.json.", "地址见 /api/v1/openapi.json。"
    )


class MethodNotAllowed(MainstayError):
    code = "method_not_allowed"
    message = words("This address does not answer to {method}.", "此地址不支持 {method}。")


class NotValid(MainstayError):
    code = "not_valid"
    message = words("Faults in the request: {count}.", "请求中有 {count} 处无效。")
    remedy = words("Correct what «faults» names.", "请更正 faults 中列出的内容。")


class TooLarge(MainstayError):
    code = "too_large"
    message = words("The request is larger than {limit} MB.", "请求超过 {limit} MB。")
    remedy = words("Send it in parts.", "请分批发送。")


class Crashed(MainstayError):
    code = "crashed"
    message = words(
        "Something unexpected went wrong; nothing was half done.",
        "发生意外错误，未留下未完成的数据。",
    )
    remedy = words("The server's log says more.", "详情见服务器日志。")


STATUS: dict[type[MainstayError], int] = {
    NotUnderstood: 400,
    TokenNotValid: 401,
    NotAllowed: 403,
    CustomerNotFound: 404, DocumentNotFound: 404, BatchNotFound: 404, JobNotFound: 404,
    NoSuchPerson: 404, NoSuchWebhook: 404, UploadNotFound: 404, SourceNotFound: 404,
    CustomerUnknown: 404, ContactUnknown: 404, NotGraded: 404, BadCursor: 404, NoSuchAddress: 404,
    TargetDayNotValid: 404, BridgeNotMade: 404, ConcessionsNotMade: 404, WhiteSpaceNotMade: 404,
    EffortUnknown: 404, RateUnknown: 404, NoSuchPolicy: 404, BenefitUnknown: 404,
    LossUnknown: 404, WinBackUnknown: 404,
    MethodNotAllowed: 405,
    AlreadyApplied: 409, NotInForce: 409, KeyReused: 409,
    FileTooLarge: 413, TooLarge: 413,
    TooManyRequests: 429,
    Crashed: 500,
}  # fmt: skip
"""The status of each error; of any other, 422."""
_MISSING = words("This must be given.", "必须提供。")
_NOT_SO = words("Not as it should be: {detail}", "不符合要求：{detail}")


def language() -> str:
    """The key of ``Words`` in which to answer."""
    return "en" if (get_language() or "").startswith("en") else "zh"


def answer(
    error: MainstayError, *, field: str | None = None, faults: list[dict[str, Any]] | None = None
) -> JsonResponse:
    """The refusal for an error raised on purpose."""
    status = next((s for kind, s in STATUS.items() if isinstance(error, kind)), 422)
    message, remedy = error.parts(language())
    response = JsonResponse(
        {"code": error.code, "message": message, "field": field, "remedy": remedy,
         "faults": faults or []},
        status=status, json_dumps_params={"ensure_ascii": False},
    )  # fmt: skip
    if isinstance(error, TokenNotValid):
        response.headers["WWW-Authenticate"] = "Bearer"
    if isinstance(error, TooManyRequests):
        response.headers["Retry-After"] = str(error.facts["wait"])
    return response


def handle(api: NinjaAPI) -> None:
    """Let the API answer every error by this map."""
    from django.conf import settings

    def own(request: HttpRequest, error: Any) -> JsonResponse:
        faults = [_of_engine(f.to_dict()) for f in error.faults] if isinstance(
            error, BadMapping
        ) else None  # fmt: skip
        return answer(error, faults=faults)

    def invalid(request: HttpRequest, error: Any) -> JsonResponse:
        faults = [_of_pydantic(one) for one in error.errors]
        field = faults[0]["field"] if len(faults) == 1 else None
        return answer(NotValid(count=len(faults)), field=field, faults=faults)

    def unread(request: HttpRequest, error: Any) -> JsonResponse:
        return answer(NotUnderstood())

    def large(request: HttpRequest, error: Any) -> JsonResponse:
        return answer(TooLarge(limit=settings.DATA_UPLOAD_MAX_MEMORY_SIZE >> 20))

    def crash(request: HttpRequest, error: Any) -> JsonResponse:
        log.error("%s %s crashed", request.method, request.path, exc_info=error)
        return answer(Crashed())

    api.add_exception_handler(MainstayError, own)
    api.add_exception_handler(ValidationError, invalid)
    api.add_exception_handler(RequestDataTooBig, large)
    for kind in (HttpError, SuspiciousOperation, BadRequest):
        api.add_exception_handler(kind, unread)
    api.add_exception_handler(Http404, lambda request, error: answer(NoSuchAddress()))
    api.add_exception_handler(AuthenticationError, lambda request, error: answer(TokenNotValid()))
    api.add_exception_handler(Exception, crash)


def _of_pydantic(error: Mapping[str, Any]) -> dict[str, Any]:
    """A fault as pydantic states it; its detail is English whatever the language."""
    lang = language()
    where = [str(part) for part in error["loc"]]
    if where[0] == "body":
        del where[1:2]  # the name of our own argument
    text = _MISSING if error["type"] == "missing" else _NOT_SO
    return {
        "code": error["type"],
        "message": text[lang].format(detail=error["msg"]),
        "field": ".".join(where),
        "remedy": "",
    }


def _of_engine(fault: Mapping[str, Any]) -> dict[str, Any]:
    """A fault of a map of columns, as the engine states it."""
    lang = language()
    message: Words = fault["message"]
    remedy: Words | None = fault.get("remedy")
    return {
        "code": fault["code"], "message": message[lang], "field": fault.get("column"),
        "remedy": remedy[lang] if remedy else "",
    }  # fmt: skip
