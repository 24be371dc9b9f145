"""Where the text of a group of rich text goes, by the control word that begins the group."""

DESTINATIONS = {
    **{"fonttbl": "fonts", "stylesheet": "style", "info": "info", "title": "title"},
    **{"author": "author", "revtim": "revtim", "creatim": "creatim"},
    **{"footnote": "note", "listtext": "mark", "pntext": "mark", "fldinst": "field"},
    **{"annotation": "comment", "atnauthor": "commenter"},
    **dict.fromkeys(("header", "headerr", "footer", "footerr"), "margin"),
    **{"headerl": "left margin", "footerl": "left margin"},
    **{"headerf": "first margin", "footerf": "first margin"},
}
SKIPPED_DESTINATIONS = frozenset(
    [
        *("colortbl", "filetbl", "listtable", "listoverridetable", "revtbl", "rsidtbl", "pict"),
        *("objdata", "nonshppict", "nonesttables", "atnid", "atndate", "atnref"),
        *("xe", "tc", "rxe", "ftnsep", "ftnsepc", "ftncn", "aftnsep", "aftnsepc", "aftncn", "sp"),
        *("private", "template", "operator", "company", "manager", "keywords", "subject"),
        *("comment", "doccomm", "category", "hlinkbase", "generator", "xmlnstbl", "pgdsctbl"),
    ]
)
