"""``mainstay account``: let a locked-out person in again; look at the provider of sign-in."""

from __future__ import annotations

from typing import Annotated

import typer

from mainstay.cli import options
from mainstay.cli.errors import explained
from mainstay.cli.language import chosen, help_text
from mainstay.kernel.errors import filled

NAME = Annotated[
    str,
    typer.Argument(metavar="NAME", help=help_text("User name.", "用户名。"), show_default=False),
]
_T = {
    "recovered": {
        "en": "«{name}» signs in with the one-time password  {password}\n"
        "The second step is off; every session and token has ended.",
        "zh": "请以“{name}”登录，一次性密码：{password}\n两步验证已关闭，所有会话与令牌均已失效。",
    },
    "provider": {
        "en": "{issuer} answers.\n  sign-in page: {page}\n  signs with: {signs}\n"
        "  people are matched by: {claim}",
        "zh": "{issuer} 响应正常。\n  登录页：{page}\n  签名算法：{signs}\n"
        "  匹配账号所用字段：{claim}",
    },
}

account = typer.Typer(no_args_is_help=True)


@account.callback()
def about() -> None:
    """Accounts."""


@account.command(
    help=help_text(
        "Give a locked-out person a one-time password, and remove the second step.",
        "为无法登录的人员生成一次性密码，并移除两步验证。",
    )
)
def recover(name: NAME, lang: options.LANG = None) -> None:
    """The way back for the last administrator."""
    speech = chosen(lang)
    with explained(speech):
        from mainstay.cli.django import administrator

        administrator(speech)
        from mainstay.foundation import accounts

        password = accounts.recover(name)
        typer.echo(filled(_T["recovered"][speech], name=name, password=password))


@account.command(
    help=help_text(
        "Ask the sign-in service (OIDC) who it is, and say what is wrong.",
        "查询登录服务（OIDC）的配置，并指出问题。",
    )
)
def provider(lang: options.LANG = None) -> None:
    """Whether sign-in by the provider can work."""
    speech = chosen(lang)
    with explained(speech):
        from mainstay.cli.django import administrator

        administrator(speech)
        from mainstay.foundation import provider as service

        found = service.look()
        told = {
            "issuer": found.issuer, "page": found.page, "signs": ", ".join(found.signs),
            "claim": found.claim,
        }  # fmt: skip
        typer.echo(filled(_T["provider"][speech], **told))
