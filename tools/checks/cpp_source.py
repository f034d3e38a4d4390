"""Reads C++ well enough to find functions and declarations: no compiler, some milliseconds a file.

Comments, literals and preprocessor lines are blanked first, so that braces, semicolons and
parentheses are those of the code. Statements are then followed through namespaces and classes;
bodies of functions are skipped as a whole.
"""
import re
from dataclasses import dataclass

_TOKEN = re.compile(
    r"""(?P<comment>//(?:[^\n\\]|\\.|\\\n)*|/\*.*?\*/)
      | (?P<raw>(?:u8|[uUL])?R"(?P<mark>[^()\\\s]{0,16})\(.*?\)(?P=mark)")
      | (?P<string>"(?:[^"\\\n]|\\.)*")
      | (?P<number>\b\d[\w.]*(?:'\w+)*)
      | (?P<char>'(?:[^'\\\n]|\\.)+')""", re.VERBOSE | re.DOTALL)
_PREPROCESSOR = re.compile(r"^[ \t]*#(?:[^\n\\]|\\.|\\\n)*", re.MULTILINE | re.DOTALL)
_CLOSING = {"(": ")", "{": "}", "[": "]"}
_DIRECTIVE = re.compile(r"//\s*(clang-format|NOLINT|IWYU)")
_SOLID = re.compile(r"\S")
_ACCESS = re.compile(r"\b(public|private|protected)\s*$")
_OPERATOR = re.compile(r"\boperator\s*(\(\s*\)|\[\s*\]|[^\s\w(]+|\w+)")
_REQUIRES = re.compile(r"^requires\s*(\([^()]*(\([^()]*\)[^()]*)*\)|[\w:]+\s*<[^<>]*>)")
_CONSTRUCTOR_LIST = re.compile(r"\)\s*(?:noexcept\s*(?:\(\s*\))?\s*)?:(?!:)")


@dataclass
class Function:
    """A function with a body; lines count from 1, signature and closing brace included."""
    first: int
    last: int
    name: str

    @property
    def length(self):
        return self.last - self.first + 1


@dataclass
class Declaration:
    """A statement of a namespace or a class. `text` has comments and literals blanked."""
    text: str
    first: int          # lines, from 1
    last: int
    public: bool        # visible to whoever includes the file
    in_class: str       # the class it stands in, or ""
    commented: bool     # a comment above it, beside it, or above the group it stands in; a
                        # constructor at the top of a class shares the comment of the class


@dataclass
class _Scope:
    name: str           # the class's; "" for a namespace
    visible: bool       # whether its includers see what it holds ...
    public: bool = True         # ... at the access that the class is at
    is_class: bool = False
    commented: bool = False     # the class itself
    at_top: bool = True         # only constructors and the like so far
    group_line: int = -1        # last line of the declaration before
    group_commented: bool = False


class CppSource:
    """A parsed source file: its `functions` and `declarations`."""

    def __init__(self, text):
        self.lines = text.splitlines()
        self.comment_lines = set()
        self.commented_ends = set()
        self._blanked = self._blank(text)
        self._starts = [0]
        for match in re.finditer("\n", text):
            self._starts.append(match.end())
        self.functions = []
        self.declarations = []
        self._parse()

    def _blank(self, text):
        def replace(match):
            piece = match.group(0)
            if match.lastgroup == "number":
                return piece
            if match.group("comment"):
                self._note_comment(text, match.start(), piece)
            spaces = _blanks(piece)
            if match.group("comment"):
                return spaces
            return '"' + spaces[1:-1] + '"'
        without_literals = _TOKEN.sub(replace, text)
        return _PREPROCESSOR.sub(lambda match: _blanks(match.group(0)), without_literals)

    def _note_comment(self, text, start, piece):
        line = text.count("\n", 0, start) + 1
        if _DIRECTIVE.match(piece):
            return
        last = line + piece.count("\n")
        if text[text.rfind("\n", 0, start) + 1:start].strip():
            self.commented_ends.add(last)
        else:
            self.comment_lines.update(range(line, last + 1))

    def line_at(self, position):
        low, high = 0, len(self._starts)
        while high - low > 1:
            middle = (low + high) // 2
            if self._starts[middle] <= position:
                low = middle
            else:
                high = middle
        return low + 1

    def _skip(self, position):
        """The place behind the bracket that closes the one at `position`."""
        text, closers = self._blanked, []
        while position < len(text):
            char = text[position]
            if char in _CLOSING:
                closers.append(_CLOSING[char])
            elif closers and char == closers[-1]:
                closers.pop()
                if not closers:
                    return position + 1
            position += 1
        return len(text)

    def _parse(self):
        text, scopes = self._blanked, [_Scope("", True)]
        start = position = 0
        while position < len(text):
            char = text[position]
            if char in "([":
                position = self._skip(position)
                continue
            if char == "{":
                start, position = self._open_brace(scopes, start, position)
                continue
            if char == ";":
                self._declare(scopes[-1], start, position)
                start = position + 1
            elif char == "}":
                if len(scopes) > 1:
                    closed = scopes.pop()
                    scopes[-1].group_line = self.line_at(position)
                    start = self._after_class(position) if closed.is_class else position + 1
                    position = start - 1
            elif char == ":" and scopes[-1].is_class and text[position + 1:position + 2] != ":":
                access = _ACCESS.search(text[start:position])
                if access:
                    scopes[-1].public = access.group(1) == "public"
                    start = position + 1
            position += 1

    def _after_class(self, position):
        """Behind the semicolon of a class that closes at `position`."""
        end = self._blanked.find(";", position)
        return (end if end >= 0 else position) + 1

    def _open_brace(self, scopes, start, position):
        """Decides what a brace begins; returns where the statement and the reading go on."""
        head = self._blanked[start:position]
        plain = strip_template(_strip_attributes(head)).strip()
        if re.match(r"(inline\s+)?namespace\b", plain):
            name = plain.split("namespace", 1)[1].strip()
            hidden = name == "" or re.search(r"\b(internal|detail)\b", name) is not None
            scopes.append(_Scope("", scopes[-1].visible and not hidden))
            return position + 1, position + 1
        if re.match(r'extern\s*"', plain):
            scopes.append(_Scope("", scopes[-1].visible))
            return position + 1, position + 1
        kind = re.match(r"(?:typedef\s+)?(class|struct|union)\b", plain)
        if kind and "(" not in plain and not re.search(r"[^=<>!]=[^=]", plain):
            scope = scopes[-1]
            commented = self._declare(scope, start, position, upto=position + 1)
            name = re.sub(r"\s*(\bfinal\b)?\s*((?<!:):(?!:).*)?$",
                          "", plain[kind.end():], flags=re.DOTALL)
            name = re.sub(r"^\s*[A-Z][A-Z_]+\s+", "", name)  # an attribute's macro
            scopes.append(_Scope(name.strip() or "unnamed", scope.visible and scope.public,
                                 public=kind.group(1) != "class", is_class=True,
                                 commented=commented))
            scopes[-1].group_line = self.line_at(position)
            return position + 1, position + 1
        end = self._skip(position)
        if _is_function(plain, self._blanked[:position].rstrip()[-1:]):
            first = self._first_line(start)
            self.functions.append(Function(first, self.line_at(end - 1), _name_of(plain)))
            self._declare(scopes[-1], start, end - 1, upto=position)
            return end, end
        return start, end

    def _first_line(self, start):
        return self.line_at(_SOLID.search(self._blanked, start).start())

    def _declare(self, scope, start, end, upto=None):
        """Notes the statement from `start` to `end`, whose text reaches to `upto`.

        True when it is commented.
        """
        text = " ".join(self._blanked[start:upto if upto is not None else end].split())
        if not text:
            return False
        first, last = self._first_line(start), self.line_at(end)
        above = first - 1
        while above >= 1 and _DIRECTIVE.match(self.lines[above - 1].strip()):
            above -= 1
        own = above in self.comment_lines or any(
            line in self.commented_ends for line in range(first, last + 1))
        grouped = scope.group_line >= above and scope.group_commented
        commented = own or grouped
        scope.group_line, scope.group_commented = last, commented
        if scope.is_class and scope.at_top:
            makes = re.search(rf"\b{re.escape(scope.name)} ?\(", text) is not None
            scope.at_top = makes or "operator=" in text
            commented = commented or (makes and scope.commented)
        self.declarations.append(Declaration(
            text=text, first=first, last=last, public=scope.visible and scope.public,
            in_class=scope.name if scope.is_class else "", commented=commented))
        return commented


def _blanks(text):
    """As many spaces, with the line ends kept."""
    return re.sub(r"[^\n]", " ", text)


def _strip_attributes(text):
    return re.sub(r"\[\[.*?\]\]|\balignas\s*\([^)]*\)", " ", text, flags=re.DOTALL)


def strip_template(text):
    """Without a leading `template <...>` and what it requires."""
    text = text.strip()
    while re.match(r"template\s*<", text):
        depth, position = 0, text.index("<")
        while position < len(text):
            if text[position] == "<":
                depth += 1
            elif text[position] == ">" and text[position - 1] != "-":
                depth -= 1
                if depth == 0:
                    break
            position += 1
        text = text[position + 1:].strip()
        text = _REQUIRES.sub("", text).strip()
    return text


def flatten(text):
    """With the contents of parentheses and brackets removed."""
    while True:
        shorter = re.sub(r"\([^()]+\)", "()", text)
        shorter = re.sub(r"\[[^\[\]]+\]", "[]", shorter)
        if shorter == text:
            return text
        text = shorter


def _is_function(plain, before):
    """Whether a brace behind the statement `plain` begins a function's body."""
    flat = flatten(plain)
    if re.match(r"(enum|concept|using)\b", flat):
        return False
    without_operators = _OPERATOR.sub("operator_", flat)
    if "(" not in without_operators or re.search(r"(?<![=<>!])=(?!=)", without_operators):
        return False
    if _CONSTRUCTOR_LIST.search(without_operators):
        return before in ")}"
    return True


def _name_of(plain):
    """The name of the function whose head is `plain`."""
    flat = flatten(plain)
    operator = _OPERATOR.search(flat)
    if operator:
        return operator.group(0)
    arguments = plain[plain.index("(") + 1:].split(")")[0]
    name = re.search(r"([\w:~]+)\s*\(", flat)
    found = name.group(1) if name else "function"
    if found in ("TEST", "TEST_F", "TEST_P", "RC_GTEST_PROP", "BENCHMARK_F"):
        return ".".join(part.strip() for part in arguments.split(",")[:2])
    return found
