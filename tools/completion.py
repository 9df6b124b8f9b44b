"""Makes the completion scripts from the command tree: `make completions`.

A script holds every command, option and value with its one-line help, in one language. It is
static: no process runs when TAB is pressed. The scripts of both languages are data of the package,
and the French ones stand in `completions/` too; a test keeps them in step.
"""

import shlex
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple
from unicodedata import normalize

from typer.core import TyperArgument, TyperGroup, TyperOption

from ami_cli import cli
from ami_cli.answers import FIELD, Kind
from ami_cli.batch.formats.opening import FORMATS
from ami_cli.batch.formats.text import ENCODINGS
from ami_cli.commands.completion import FILES, SCRIPTS
from ami_cli.law import law_book
from ami_cli.main import COLORS
from ami_cli.registers.countries import title as country_title
from ami_cli.schema import SCHEMAS
from ami_cli.streams import encodable
from ami_cli.words import LANGUAGES, Words, words_of

FOLDER = Path(__file__).resolve().parent.parent / "completions"


class Value(NamedTuple):
    """One word that may be written, and what it means; no help where it says itself."""

    text: str
    help: str = ""


class Option(NamedTuple):
    """One option: its spellings, those it excludes once given, what it takes.

    `takes` is what stands for its value in a help screen, "" for a switch. `values` are the words
    it may take, where they can be listed; `is_file` says that a file name is one.
    """

    flags: tuple[str, ...]
    help: str
    excludes: tuple[str, ...]
    takes: str = ""
    values: tuple[Value, ...] = ()
    is_file: bool = False


class Command(NamedTuple):
    """One command: its options, the general ones included, and what stands behind it."""

    name: str
    help: str
    options: tuple[Option, ...]
    values: tuple[Value, ...] = ()
    is_file: bool = False


def completion_script(shell: str, tree: TyperGroup, words: Words) -> str:
    """Return the script of one of FILES for a command tree, in the language of the words."""
    general, commands = _commands(tree, words)
    makers = {"bash": _bash, "zsh": _zsh, "fish": _fish, "powershell": _powershell}
    head = words("completion.head", shell=shell)
    return makers[shell](head, general, commands)


# --- the tree, as plain data ---------------------------------------------------------------------


def _commands(tree: TyperGroup, words: Words) -> tuple[Command, list[Command]]:
    general = tuple(_options(tree.params, words))
    # The version is asked of the program, not of a command.
    shared = tuple(option for option in general if "--version" not in option.flags)
    commands = []
    for name, command in tree.commands.items():
        arguments = [param for param in command.params if isinstance(param, TyperArgument)]
        metavar = str(arguments[0].metavar) if arguments else ""
        commands.append(
            Command(
                name,
                words(f"help.{name}.short"),
                (*_options(command.params, words), *shared),
                _values(str(arguments[0].name), words) if arguments else (),
                metavar == "input",
            )
        )
    return Command("", "", general), commands


def _options(params: Sequence[object], words: Words) -> Iterator[Option]:
    for param in params:
        if not isinstance(param, TyperOption):
            continue
        name = str(param.name)
        text = words(f"help.options.{name}")
        flags = tuple(sorted(param.opts, key=len, reverse=True))
        excludes = () if param.multiple else (*param.opts, *param.secondary_opts)
        if param.is_flag:
            yield Option(flags, text, excludes)
            if param.secondary_opts:
                no = words("completion.no", label=words(f"labels.{name}"))
                yield Option(tuple(param.secondary_opts), no, excludes)
        else:
            takes = words(f"help.metavar.{param.metavar}")
            is_file = param.metavar == "file"
            yield Option(flags, text, excludes, takes, _values(name, words), is_file)
    yield Option(("--help", "-h"), words("help.options.help"), ("--help", "-h"))


def _values(name: str, words: Words) -> tuple[Value, ...]:
    """Return the words that an option or an argument takes, where they can be listed."""
    if name in FIELD and FIELD[name].kind is Kind.CHOICE:
        options = FIELD[name].options
        titles = {option: words(f"options.{name}.{option}") for option in options}
        return tuple(
            Value(option.replace("_", "-"), "" if title == option else title)
            for option, title in titles.items()
        )
    if name in FIELD and FIELD[name].kind is Kind.COUNTRY:
        names = (country_title(code, words.lang) for code in FIELD[name].options)
        return tuple(sorted(Value(_without_initial_accent(country)) for country in names))
    listed = {
        "lang": LANGUAGES,
        "color": COLORS,
        "form": FORMATS,
        "encoding": ENCODINGS,
        "year": law_book().years,
        "shell_name": FILES,
        "kind": SCHEMAS,
        "topic": [name for name in cli.command().commands if name != "help"],
    }
    return tuple(
        Value(word, words(code) if (code := _code_of_help(name, word)) in words else "")
        for word in listed.get(name, ())
    )


def _without_initial_accent(name: str) -> str:
    """Return « Egypte » for « Égypte », because shells compare letters with their accents, and few
    keyboards have É."""
    return normalize("NFD", name[0])[0] + name[1:].replace("'", "’")


def _code_of_help(name: str, word: str) -> str:
    """Return the code of what a word means as a value."""
    return f"help.{word}.short" if name == "topic" else f"completion.{name}.{word}"


# --- bash ----------------------------------------------------------------------------------------

_BASH = """\
# {head}
# bash >= 3.2; nothing else is needed.

_ami() {{
  local cur prev before='' command='' word i IFS=$'\\n'
  local -a rows=()
  cur=${{COMP_WORDS[COMP_CWORD]-}}
  prev=${{COMP_WORDS[COMP_CWORD - 1]-}}
  # --option=value is three words; one where COMP_WORDBREAKS has no =, and in bash 3.2, where $2
  # shows that the value alone is replaced.
  if [[ $cur == --*=* ]]; then
    prev=${{cur%%=*}}
    cur=${{cur#*=}}
    if [[ ${{2-$prev=}} == "$prev="* ]]; then
      before=$prev=
    fi
  elif [[ $cur == '=' ]]; then
    cur=''
  elif [[ $prev == '=' && $COMP_CWORD -gt 2 ]]; then
    prev=${{COMP_WORDS[COMP_CWORD - 2]}}
  fi
  for ((i = 1; i < COMP_CWORD; i++)); do
    case ${{COMP_WORDS[i]}} in
      {names})
        command=${{COMP_WORDS[i]}}
        break
        ;;
    esac
  done
  COMPREPLY=()
  case $command:$prev in
{values}
  esac
  if [[ $cur == -* ]]; then
    case $command in
{options}
    esac
    _ami_offer once
    return
  fi
  case $command in
{behind}
  esac
}}

# The rows that begin like the present word; when they are listed, each with its help.
# A row is: text, tab, help, tab, options that exclude it (with spaces around each).
_ami_offer() {{
  local row text help word width=0 given=' ' quoted='' any_case='' escape='\\'
  local -a texts=() helps=()
  COMPREPLY=()
  if [[ $cur == [\\"\\']* ]]; then
    cur=${{cur:1}}
    quoted=1
  fi
  cur=${{cur//\\\\/}}
  shopt -q nocasematch || any_case=1
  shopt -s nocasematch
  if [[ -n ${{1-}} ]]; then
    for ((i = 1; i < COMP_CWORD; i++)); do
      given+="${{COMP_WORDS[i]%%=*}} "
    done
  fi
  for row in "${{rows[@]}}"; do
    text=${{row%%$'\\t'*}}
    [[ $text == "$cur"* ]] || continue
    row=${{row#*$'\\t'}}
    help=${{row%%$'\\t'*}}
    IFS=' '
    for word in ${{row#*$'\\t'}}; do
      [[ $given == *" $word "* ]] && continue 2
    done
    IFS=$'\\n'
    texts+=("$before$text")
    helps+=("$help")
    ((${{#text}} > width)) && width=${{#text}}
  done
  IFS=$'\\n'
  if [[ -n $any_case ]]; then
    shopt -u nocasematch
  fi
  if [[ ${{COMP_TYPE-}} != 63 || ${{#texts[@]}} -lt 2 ]]; then
    for text in ${{texts[@]+"${{texts[@]}}"}}; do
      if [[ -z $quoted ]]; then # names of countries: « Corée du Sud », « Myanmar (Birmanie) »
        text=${{text// /$escape }}
        text=${{text//(/$escape(}}
        text=${{text//)/$escape)}}
      fi
      COMPREPLY+=("$text")
    done
    return
  fi
  for ((i = 0; i < ${{#texts[@]}}; i++)); do
    printf -v row "%-${{width}}s  %s" "${{texts[i]}}" "${{helps[i]}}"
    printf -v row '%-*s' "$((${{COLUMNS:-80}} - 2))" "${{row:0:$((${{COLUMNS:-80}} - 2))}}"
    COMPREPLY+=("$row")
  done
}}

# Names of files: readline finds and quotes them itself, but behind a joined option and in bash 3.2.
_ami_files() {{
  local name
  if [[ -z $before ]] && compopt -o default 2> /dev/null; then
    return
  fi
  compopt -o filenames 2> /dev/null
  cur=${{cur#[\\"\\']}}
  while IFS= read -r name; do
    if [[ -n $name ]]; then
      COMPREPLY+=("$before$name")
    fi
  done <<< "$(compgen -f -- "${{cur//\\\\/}}")"
}}

if type compopt > /dev/null 2>&1; then
  complete -F _ami ami
else
  complete -o filenames -F _ami ami
fi
"""


def _bash(head: str, general: Command, commands: Sequence[Command]) -> str:
    values, options, behind = [], [], []
    for command in (*commands, general):
        prefix = command.name or "*"
        for option in command.options:
            if command.name and option in general.options:
                continue
            pattern = "|".join(f"{prefix}:{flag}" for flag in option.flags)
            if option.takes:
                what = _bash_rows(option.values) if option.values else ""
                call = "_ami_files" if option.is_file else f"{what}_ami_offer" if what else ""
                values += [f"    {pattern})", *_bash_lines(call), "      return", "      ;;"]
        rows = [
            (flag, option.help, " ".join(option.excludes))
            for option in command.options
            for flag in option.flags
            if flag.startswith("--")
        ]
        options += [f"      {prefix})", *(f"  {line}" for line in _bash_array(rows)), "        ;;"]
        offered = command.values or tuple(
            Value(other.name, other.help) for other in (() if command.name else commands)
        )
        call = "_ami_files" if command.is_file else ""
        if offered:
            call = f"{_bash_rows(offered)}_ami_offer"
        if call:
            behind += [f"    {prefix})", *_bash_lines(call), "      ;;"]
        elif command.name:
            behind += [f"    {prefix}) ;;"]
    return _BASH.format(
        head=head,
        names=" | ".join(command.name for command in commands),
        values="\n".join(values),
        options="\n".join(options),
        behind="\n".join(behind),
    )


def _bash_rows(values: Sequence[Value]) -> str:
    return "\n".join(_bash_array([(value.text, value.help, "") for value in values])) + "\n      "


def _bash_array(rows: Sequence[tuple[str, str, str]]) -> list[str]:
    lines = ["\t".join(row).replace("'", "’") for row in rows]
    return ["      rows=(", *(f"        '{line}'" for line in lines), "      )"]


def _bash_lines(call: str) -> list[str]:
    return [line if line.startswith(" ") else f"      {line}" for line in call.split("\n") if line]


# --- zsh -----------------------------------------------------------------------------------------


def _zsh(head: str, general: Command, commands: Sequence[Command]) -> str:
    lines = ["#compdef ami", f"# {head}", ""]
    lines += ["_ami() {", "  local context state state_descr line", "  typeset -A opt_args"]
    lines += ["  _arguments -C -s -S \\"]
    lines += [f"    {_zsh_option(option)} \\" for option in general.options]
    lines += ["    ': :_ami_commands' \\", "    '*:: :->command' && return", ""]
    lines += ["  case $words[1] in"]
    lines += [f"    {command.name}) _ami_{command.name} ;;" for command in commands]
    lines += ["  esac", "}", ""]
    rows = [Value(command.name, command.help) for command in commands]
    lines += ["_ami_commands() {", *_zsh_describe(rows), "}", ""]
    for command in commands:
        specs = [_zsh_option(option) for option in command.options]
        if command.values:
            specs.append(f"': :_ami_{command.name}_values'")
            values = _zsh_describe(command.values)
            lines += [f"_ami_{command.name}_values() {{", *values, "}", ""]
        elif command.is_file:
            specs.append("'*: :_files'")
        lines += [f"_ami_{command.name}() {{", "  _arguments -s -S \\"]
        lines += [*(f"    {spec} \\" for spec in specs[:-1]), f"    {specs[-1]}", "}", ""]
    listed = {
        _zsh_name(option): option.values
        for command in (general, *commands)
        for option in command.options
        if option.values
    }
    for name, offered in listed.items():
        lines += [f"{name}() {{", *_zsh_describe(offered), "}", ""]
    lines += [
        "# Autoloaded as a file of $fpath, or sourced.",
        "if [[ ${funcstack[1]-} == _ami ]]; then",
        '  _ami "$@"',
        "else",
        "  compdef _ami ami",
        "fi",
    ]
    return "\n".join(lines) + "\n"


def _zsh_name(option: Option) -> str:
    return f"_ami_of{option.flags[0].replace('-', '_')}"


def _zsh_describe(values: Sequence[Value]) -> list[str]:
    rows = [
        shlex.quote(value.text.replace(":", r"\:") + (f":{value.help}" if value.help else ""))
        for value in values
    ]
    lines = ["  local -a values=(", *(f"    {row}" for row in rows), "  )"]
    return [
        *lines,
        "  _describe -t ami ami values -M 'm:{[:lower:][:upper:]}={[:upper:][:lower:]}'",
    ]


def _zsh_option(option: Option) -> str:
    excluded = f"({' '.join(option.excludes)})" if option.excludes else "*"
    text = option.help
    for mark in "\\[]:":
        text = text.replace(mark, f"\\{mark}")
    action = ""
    if option.takes:
        what = _zsh_name(option) if option.values else "_files" if option.is_file else " "
        action = f":{option.takes}:{what}"
    flags = [flag + _zsh_joint(flag, option) for flag in option.flags]
    if len(flags) == 1:
        return shlex.quote(f"{excluded}{flags[0]}[{text}]{action}")
    return f"'{excluded}'{{{','.join(flags)}}}{shlex.quote(f'[{text}]{action}')}"


def _zsh_joint(flag: str, option: Option) -> str:
    """Return how a flag takes its value: `--flag=value` or `-f value`, each also as two words."""
    return ("=" if flag.startswith("--") else "+") if option.takes else ""


# --- fish ----------------------------------------------------------------------------------------


def _fish(head: str, general: Command, commands: Sequence[Command]) -> str:
    names = " ".join(command.name for command in commands)
    none = f"not __fish_seen_subcommand_from {names}"
    lines = [f"# {head}", "", "complete -c ami -f"]
    lines += [
        f"complete -c ami -n {_fish_text(none)} -a {command.name} -d {_fish_text(command.help)}"
        for command in commands
    ]
    for option in general.options:
        only = none if "--version" in option.flags else ""
        lines.append(_fish_option(option, only))
    for command in commands:
        here = f"__fish_seen_subcommand_from {command.name}"
        lines.append("")
        if command.values:
            words = " ".join(value.text for value in command.values)
            fresh = f"{here}; and not __fish_seen_subcommand_from {words}"
            values = _fish_values(command.values)
            lines.append(f"complete -c ami -n {_fish_text(fresh)} -a {values}")
        elif command.is_file:
            lines.append(f"complete -c ami -n {_fish_text(here)} -F")
        lines += [
            _fish_option(option, here)
            for option in command.options
            if option not in general.options
        ]
    return "\n".join(lines) + "\n"


def _fish_option(option: Option, when: str) -> str:
    # With its value being written, an option stands on the line already.
    conditions = [when] if when else []
    if option.excludes and not option.takes:
        flags = (f"-s {flag[1:]}" if len(flag) == 2 else flag[2:] for flag in option.excludes)
        conditions.append(f"not __fish_contains_opt {' '.join(flags)}")
    parts = ["complete -c ami"]
    if conditions:
        parts.append(f"-n {_fish_text('; and '.join(conditions))}")
    parts += [
        f"-l {flag[2:]}" if flag.startswith("--") else f"-s {flag[1:]}" for flag in option.flags
    ]
    if option.is_file:
        parts.append("-r -F")
    elif option.takes:
        parts.append("-x")
        if option.values:
            parts.append(f"-a {_fish_values(option.values)}")
    parts.append(f"-d {_fish_text(option.help)}")
    return " ".join(parts)


def _fish_values(values: Sequence[Value]) -> str:
    rows = " ".join(
        f"{value.text}\\t{_fish_text(value.help)}" if value.help else _fish_word(value.text)
        for value in values
    )
    return '"' + rows.replace('"', '\\"') + '"'


def _fish_word(text: str) -> str:
    return text if " " not in text and "(" not in text else _fish_text(text)


def _fish_text(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


# --- PowerShell ----------------------------------------------------------------------------------

# Sentences stand in here-strings, because PowerShell takes ’ for a quotation mark too.
_POWERSHELL = """\
# {head}

Register-ArgumentCompleter -Native -CommandName ami -ScriptBlock {{
    param($wordToComplete, $commandAst, $cursorPosition)

    # command, option, what it takes (file, word or nothing), help, options that exclude it
    $options = @'
{options}
'@
    # command, option ("" behind the command itself), word, help
    $values = @'
{values}
'@

    function Read-Row([string] $text) {{
        [regex]::Unescape($text) -split "`r?`n" | Where-Object {{ $_ }} |
            ForEach-Object {{ , ($_ -split "`t") }}
    }}
    function Write-Row([string] $text, [string] $shown, [string] $kind, [string] $help) {{
        if (-not $help) {{ $help = $shown }}
        if ($shown -match '[^\\w.-]') {{ $text = $text.Replace($shown, "`"$shown`"") }}
        [System.Management.Automation.CompletionResult]::new($text, $shown, $kind, $help)
    }}

    $names = @({names})
    $given = @($commandAst.CommandElements | Select-Object -Skip 1 |
        Where-Object {{ $_.Extent.EndOffset -lt $cursorPosition }} | ForEach-Object {{ "$_" }})
    $command = $given | Where-Object {{ $names -contains $_ }} | Select-Object -First 1
    $rows = @(Read-Row $options | Where-Object {{ $_[0] -eq '' -or $_[0] -eq $command }})

    # --option value, --option=value
    $before = ''
    $flag = if ($given.Count) {{ $given[-1] }} else {{ '' }}
    $start = $wordToComplete.Trim('"', "'")
    if ($wordToComplete -match '^(--[a-z-]+)=(.*)$') {{
        $flag = $Matches[1]
        $start = $Matches[2].Trim('"', "'")
        $before = "$flag="
    }}
    $option = $rows | Where-Object {{ $_[1] -eq $flag -and $_[2] }} | Select-Object -First 1
    if ($option) {{
        Read-Row $values | Where-Object {{ $_[1] -eq $flag -and $_[2] -like "$start*" }} |
            Where-Object {{ $_[0] -eq '' -or $_[0] -eq $command }} |
            ForEach-Object {{ Write-Row "$before$($_[2])" $_[2] ParameterValue $_[3] }}
        return
    }}
    if ($wordToComplete -like '-*') {{
        $rows | Where-Object {{ $_[1] -like "$wordToComplete*" }} | Where-Object {{
            -not @($_[4] -split ' ' | Where-Object {{ $given -contains $_ }}).Count
        }} | ForEach-Object {{ Write-Row $_[1] $_[1] ParameterName $_[3] }}
        return
    }}
    $place = if ($command) {{ $command }} else {{ 'ami' }}
    Read-Row $values | Where-Object {{ $_[0] -eq $place -and $_[1] -eq '' }} |
        Where-Object {{ $_[2] -like "$wordToComplete*" }} |
        ForEach-Object {{ Write-Row $_[2] $_[2] ParameterValue $_[3] }}
}}
"""


def _powershell(head: str, general: Command, commands: Sequence[Command]) -> str:
    options, values = [], []
    values += [("ami", "", command.name, command.help) for command in commands]
    for command in (general, *commands):
        for option in command.options:
            if command.name and option in general.options:
                continue
            takes = "file" if option.is_file else "word" if option.takes else ""
            excludes = " ".join(option.excludes)
            for flag in option.flags:
                options.append((command.name, flag, takes, option.help, excludes))
                values += [(command.name, flag, value.text, value.help) for value in option.values]
        values += [(command.name, "", value.text, value.help) for value in command.values]
    return _POWERSHELL.format(
        head=encodable(head, "ascii"),
        names=", ".join(f"'{command.name}'" for command in commands),
        options=_powershell_rows(options),
        values=_powershell_rows(values),
    )


def _powershell_rows(rows: Sequence[tuple[str, ...]]) -> str:
    """Return rows in ASCII, as [regex]::Unescape reads them.

    PowerShell 5.1 reads what a program writes in the code page of the console, and a profile in
    that of the system: only ASCII passes through both.
    """
    text = "\n".join("\t".join(row) for row in rows)
    return "".join(
        character if character.isascii() and character != "\\" else f"\\u{ord(character):04x}"
        for character in text
    )


def main() -> None:
    """Write every script."""
    for lang in LANGUAGES:
        for shell, name in FILES.items():
            script = completion_script(shell, cli.command(), words_of(lang))
            for folder in (SCRIPTS / lang, *([FOLDER] if lang == "fr" else [])):
                folder.mkdir(parents=True, exist_ok=True)
                (folder / name).write_text(script, "utf-8", newline="\n")


if __name__ == "__main__":
    main()
