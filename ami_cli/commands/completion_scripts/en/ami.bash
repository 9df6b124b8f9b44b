# Completion of ami, written by “ami completion bash”.
# bash >= 3.2; nothing else is needed.

_ami() {
  local cur prev before='' command='' word i IFS=$'\n'
  local -a rows=()
  cur=${COMP_WORDS[COMP_CWORD]-}
  prev=${COMP_WORDS[COMP_CWORD - 1]-}
  # --option=value is three words; one where COMP_WORDBREAKS has no =, and in bash 3.2, where $2
  # shows that the value alone is replaced.
  if [[ $cur == --*=* ]]; then
    prev=${cur%%=*}
    cur=${cur#*=}
    if [[ ${2-$prev=} == "$prev="* ]]; then
      before=$prev=
    fi
  elif [[ $cur == '=' ]]; then
    cur=''
  elif [[ $prev == '=' && $COMP_CWORD -gt 2 ]]; then
    prev=${COMP_WORDS[COMP_CWORD - 2]}
  fi
  for ((i = 1; i < COMP_CWORD; i++)); do
    case ${COMP_WORDS[i]} in
      check | batch | rules | schools | schema | completion | help)
        command=${COMP_WORDS[i]}
        break
        ;;
    esac
  done
  COMPREPLY=()
  case $command:$prev in
    check:--birth-date)
      return
      ;;
    check:--age)
      return
      ;;
    check:--scholarship)
      rows=(
        'bcs	BCS (bourse sur critères sociaux)	'
        'annual-allowance	Allocation annuelle	'
        'pending	Applied for or to be applied for, not notified yet	'
        'none	Neither scholarship nor allowance	'
      )
      _ami_offer
      return
      ;;
    check:--echelon)
      rows=(
        '0bis	0 bis	'
        '1		'
        '2		'
        '3		'
        '4		'
        '5		'
        '6		'
        '7		'
      )
      _ami_offer
      return
      ;;
    check:--school)
      return
      ;;
    check:--establishment)
      rows=(
        'public	Public (university, school…)	'
        'private-accredited	Private, accredited (habilité)	'
        'private-other	Private, not accredited	'
        'other-ministry	Under another ministry	'
        'abroad	Abroad, enrolled directly	'
      )
      _ami_offer
      return
      ;;
    check:--stay)
      rows=(
        'study	Studies (exchange…)	'
        'internship	Internship	'
        'other	Another kind of stay	'
      )
      _ami_offer
      return
      ;;
    check:--destination)
      rows=(
        'Afghanistan		'
        'Aland Islands		'
        'Albania		'
        'Algeria		'
        'American Samoa		'
        'Andorra		'
        'Angola		'
        'Anguilla		'
        'Antarctica		'
        'Antigua & Barbuda		'
        'Argentina		'
        'Armenia		'
        'Aruba		'
        'Australia		'
        'Austria		'
        'Azerbaijan		'
        'Bahamas		'
        'Bahrain		'
        'Bangladesh		'
        'Barbados		'
        'Belarus		'
        'Belgium		'
        'Belize		'
        'Benin		'
        'Bermuda		'
        'Bhutan		'
        'Bolivia		'
        'Bosnia & Herzegovina		'
        'Botswana		'
        'Bouvet Island		'
        'Brazil		'
        'British Indian Ocean Territory		'
        'British Virgin Islands		'
        'Brunei		'
        'Bulgaria		'
        'Burkina Faso		'
        'Burundi		'
        'Cambodia		'
        'Cameroon		'
        'Canada		'
        'Cape Verde		'
        'Caribbean Netherlands		'
        'Cayman Islands		'
        'Central African Republic		'
        'Chad		'
        'Chile		'
        'China		'
        'Christmas Island		'
        'Cocos (Keeling) Islands		'
        'Colombia		'
        'Comoros		'
        'Congo - Brazzaville		'
        'Congo - Kinshasa		'
        'Cook Islands		'
        'Costa Rica		'
        'Croatia		'
        'Cuba		'
        'Curaçao		'
        'Cyprus		'
        'Czechia		'
        'Côte d’Ivoire		'
        'Denmark		'
        'Djibouti		'
        'Dominica		'
        'Dominican Republic		'
        'Ecuador		'
        'Egypt		'
        'El Salvador		'
        'Equatorial Guinea		'
        'Eritrea		'
        'Estonia		'
        'Eswatini		'
        'Ethiopia		'
        'Falkland Islands		'
        'Faroe Islands		'
        'Fiji		'
        'Finland		'
        'France		'
        'French Guiana		'
        'French Polynesia		'
        'French Southern and Antarctic Lands		'
        'Gabon		'
        'Gambia		'
        'Georgia		'
        'Germany		'
        'Ghana		'
        'Gibraltar		'
        'Greece		'
        'Greenland		'
        'Grenada		'
        'Guadeloupe		'
        'Guam		'
        'Guatemala		'
        'Guernsey		'
        'Guinea		'
        'Guinea-Bissau		'
        'Guyana		'
        'Haiti		'
        'Heard Island & McDonald Islands		'
        'Honduras		'
        'Hong Kong SAR China		'
        'Hungary		'
        'Iceland		'
        'India		'
        'Indonesia		'
        'Iran		'
        'Iraq		'
        'Ireland		'
        'Isle of Man		'
        'Israel		'
        'Italy		'
        'Jamaica		'
        'Japan		'
        'Jersey		'
        'Jordan		'
        'Kazakhstan		'
        'Kenya		'
        'Kiribati		'
        'Kosovo		'
        'Kuwait		'
        'Kyrgyzstan		'
        'Laos		'
        'Latvia		'
        'Lebanon		'
        'Lesotho		'
        'Liberia		'
        'Libya		'
        'Liechtenstein		'
        'Lithuania		'
        'Luxembourg		'
        'Macao SAR China		'
        'Madagascar		'
        'Malawi		'
        'Malaysia		'
        'Maldives		'
        'Mali		'
        'Malta		'
        'Marshall Islands		'
        'Martinique		'
        'Mauritania		'
        'Mauritius		'
        'Mayotte		'
        'Mexico		'
        'Micronesia		'
        'Moldova		'
        'Monaco		'
        'Mongolia		'
        'Montenegro		'
        'Montserrat		'
        'Morocco		'
        'Mozambique		'
        'Myanmar (Burma)		'
        'Namibia		'
        'Nauru		'
        'Nepal		'
        'Netherlands		'
        'New Caledonia		'
        'New Zealand		'
        'Nicaragua		'
        'Niger		'
        'Nigeria		'
        'Niue		'
        'Norfolk Island		'
        'North Korea		'
        'North Macedonia		'
        'Northern Mariana Islands		'
        'Norway		'
        'Oman		'
        'Pakistan		'
        'Palau		'
        'Palestinian Territories		'
        'Panama		'
        'Papua New Guinea		'
        'Paraguay		'
        'Peru		'
        'Philippines		'
        'Pitcairn Islands		'
        'Poland		'
        'Portugal		'
        'Puerto Rico		'
        'Qatar		'
        'Romania		'
        'Russia		'
        'Rwanda		'
        'Réunion		'
        'Samoa		'
        'San Marino		'
        'Saudi Arabia		'
        'Senegal		'
        'Serbia		'
        'Seychelles		'
        'Sierra Leone		'
        'Singapore		'
        'Sint Maarten		'
        'Slovakia		'
        'Slovenia		'
        'Solomon Islands		'
        'Somalia		'
        'South Africa		'
        'South Georgia & South Sandwich Islands		'
        'South Korea		'
        'South Sudan		'
        'Spain		'
        'Sri Lanka		'
        'St. Barthélemy		'
        'St. Helena, Ascension & Tristan da Cunha		'
        'St. Kitts & Nevis		'
        'St. Lucia		'
        'St. Martin		'
        'St. Pierre & Miquelon		'
        'St. Vincent & Grenadines		'
        'Sudan		'
        'Suriname		'
        'Svalbard & Jan Mayen		'
        'Sweden		'
        'Switzerland		'
        'Syria		'
        'São Tomé & Príncipe		'
        'Taiwan		'
        'Tajikistan		'
        'Tanzania		'
        'Thailand		'
        'Timor-Leste		'
        'Togo		'
        'Tokelau		'
        'Tonga		'
        'Trinidad & Tobago		'
        'Tunisia		'
        'Turkmenistan		'
        'Turks & Caicos Islands		'
        'Tuvalu		'
        'Türkiye		'
        'U.S. Outlying Islands		'
        'U.S. Virgin Islands		'
        'Uganda		'
        'Ukraine		'
        'United Arab Emirates		'
        'United Kingdom		'
        'United States		'
        'Uruguay		'
        'Uzbekistan		'
        'Vanuatu		'
        'Vatican City		'
        'Venezuela		'
        'Vietnam		'
        'Wallis & Futuna		'
        'Western Sahara		'
        'Yemen		'
        'Zambia		'
        'Zimbabwe		'
      )
      _ami_offer
      return
      ;;
    check:--start)
      return
      ;;
    check:--end)
      return
      ;;
    check:--months-received)
      return
      ;;
    check:--commune)
      return
      ;;
    check:--erasmus-monthly)
      return
      ;;
    check:--answers)
      _ami_files
      return
      ;;
    check:--calendar)
      _ami_files
      return
      ;;
    check:--report)
      _ami_files
      return
      ;;
    check:--mail)
      _ami_files
      return
      ;;
    batch:--output|batch:-o)
      _ami_files
      return
      ;;
    batch:--format)
      rows=(
        'csv	separated text, for a spreadsheet	'
        'jsonl	one JSON object per line	'
        'xlsx	workbook	'
        'parquet	compressed columns	'
      )
      _ami_offer
      return
      ;;
    batch:--map)
      return
      ;;
    batch:--only)
      return
      ;;
    batch:--encoding)
      rows=(
        'utf-8	the most common	'
        'utf-16	“Unicode Text” of Excel	'
        'cp1252	Excel on Windows	'
        'mac-roman	Excel on macOS, old	'
        'cp850	console of Windows	'
        'iso8859-15	latin-9	'
      )
      _ami_offer
      return
      ;;
    batch:--sheet)
      return
      ;;
    batch:--header-row)
      return
      ;;
    batch:--set)
      return
      ;;
    batch:--profile)
      _ami_files
      return
      ;;
    batch:--propose)
      _ami_files
      return
      ;;
    batch:--by)
      return
      ;;
    batch:--pages)
      return
      ;;
    batch:--name-by)
      return
      ;;
    batch:--summary-json)
      _ami_files
      return
      ;;
    batch:--template)
      _ami_files
      return
      ;;
    rules:--year)
      rows=(
        '2020-2021		'
        '2021-2022		'
        '2022-2023		'
        '2023-2024		'
        '2024-2025		'
        '2025-2026		'
      )
      _ami_offer
      return
      ;;
    *:--lang)
      rows=(
        'fr	French	'
        'en	English	'
      )
      _ami_offer
      return
      ;;
    *:--color)
      rows=(
        'auto	on a terminal only	'
        'always	always	'
        'never	never	'
      )
      _ami_offer
      return
      ;;
    *:--today)
      return
      ;;
  esac
  if [[ $cur == -* ]]; then
    case $command in
      check)
        rows=(
          '--birth-date	your date of birth (or --age, not both)	--birth-date'
          '--age	your age on the day you leave, from 0 to 120	--age'
          '--disability	a recognised disability, or not	--disability --no-disability'
          '--no-disability	no: Disability	--disability --no-disability'
          '--scholarship	your scholarship or allowance, for the academic year of your stay	--scholarship'
          '--echelon	your échelon; giving it is enough to say that you hold a BCS	--echelon'
          '--school	the institution where you are enrolled in France: its name, acronym or UAI code	--school'
          '--establishment	the type of the institution where you are enrolled	--establishment'
          '--stay	what you are going abroad for; without an answer: study	--stay'
          '--in-curriculum	the stay is part of your studies, or not; without an answer: yes	--in-curriculum --outside-curriculum'
          '--outside-curriculum	no: Part of your studies	--in-curriculum --outside-curriculum'
          '--destination	the country of the stay, by its name or its code (PT)	--destination'
          '--start	first day abroad	--start'
          '--end	last day abroad, included	--end'
          '--months-received	months of AMI already received; without an answer: 0	--months-received'
          '--commune	the commune of your family home, by its name or its postal code	--commune'
          '--rural	your family lives in a rural area, or not	--rural --no-rural'
          '--no-rural	no: Rural area	--rural --no-rural'
          '--priority-area	your family lives in a priority neighbourhood (QPV), or not	--priority-area --no-priority-area'
          '--no-priority-area	no: Priority neighbourhood	--priority-area --no-priority-area'
          '--erasmus	you have or are applying for an Erasmus+ grant, or not	--erasmus --no-erasmus'
          '--no-erasmus	no: Erasmus+ grant	--erasmus --no-erasmus'
          '--erasmus-monthly	your Erasmus+ grant in euros a month, for the budget	--erasmus-monthly'
          '--merit	you have or are applying for the aide au mérite, or not	--merit --no-merit'
          '--no-merit	no: Aide au mérite	--merit --no-merit'
          '--answers	answers in a JSON file (-: standard input); options take precedence; one document a line in .jsonl	--answers'
          '--details	the whole result: reasons, official texts, budget, calendar	--details'
          '--calendar	write the dates to keep to an .ics file, for your calendar	--calendar'
          '--report	write the result as one page to print or keep: .html or .md	--report'
          '--mail	write the message to the SRI, ready to copy, to a .txt file (-: standard output)	--mail'
          '--include-health	keep the answer about disability in the page	--include-health'
          '--force	replace the file if it exists	--force'
          '--json	the result as JSON	--json'
          '--no-input	ask no question	--no-input'
          '--exit-code	exit code 10 (no) or 11 (to complete or to check)	--exit-code'
          '--help	show this help	--help -h'
          '--lang	language: fr or en	--lang'
          '--plain	plain text: no box, no colour, no redrawing	--plain'
          '--color	colours: auto, always or never	--color'
          '--quiet	write only the result and the errors	--quiet -q'
          '--today	work the result out as if it were that day	--today'
          '--debug	show the details of an internal error	--debug'
          '--help	show this help	--help -h'
        )
        ;;
      batch)
        rows=(
          '--output	where to write; without it, to standard output	--output -o'
          '--format	csv, jsonl, xlsx or parquet; without it, by the name of the output	--format'
          '--map	link a column to an answer, or leave it out (COLUMN=-); may be repeated	'
          '--only	keep only these columns of the input, separated by commas	'
          '--encoding	encoding of the CSV, where it is not recognised	--encoding'
          '--sheet	sheet of the workbook to read, by name or rank	--sheet'
          '--header-row	row of the names of the columns, if it is not the one found	--header-row'
          '--set	give an answer to all rows (--set establishment=public); may be repeated	'
          '--profile	TOML file that keeps these settings from one month to the next	--profile'
          '--propose	write a profile from the file without judging it: each guess is a commented line	--propose'
          '--again	judge a corrected result again: its ami_… columns are replaced	--again'
          '--by	count by the values of a column too (faculty, country…)	--by'
          '--pages	write a page per student into this folder, as --report of ami check does; without -o, nothing else	--pages'
          '--name-by	the column that gives the pages their names	--name-by'
          '--include-health	keep the answer about disability in the page	--include-health'
          '--words	add to each row its result in words: ami_result, ami_why, ami_to_do	--words'
          '--force	replace the file if it exists	--force'
          '--raw	keep as they are the cells that a spreadsheet would run	--raw'
          '--summary-json	write the summary of the batch as JSON (-: standard output)	--summary-json'
          '--template	write an empty input file under this name, and nothing else	--template'
          '--help	show this help	--help -h'
          '--lang	language: fr or en	--lang'
          '--plain	plain text: no box, no colour, no redrawing	--plain'
          '--color	colours: auto, always or never	--color'
          '--quiet	write only the result and the errors	--quiet -q'
          '--today	work the result out as if it were that day	--today'
          '--debug	show the details of an internal error	--debug'
          '--help	show this help	--help -h'
        )
        ;;
      rules)
        rows=(
          '--year	academic year, such as 2025-2026	--year'
          '--json	the result as JSON	--json'
          '--help	show this help	--help -h'
          '--lang	language: fr or en	--lang'
          '--plain	plain text: no box, no colour, no redrawing	--plain'
          '--color	colours: auto, always or never	--color'
          '--quiet	write only the result and the errors	--quiet -q'
          '--today	work the result out as if it were that day	--today'
          '--debug	show the details of an internal error	--debug'
          '--help	show this help	--help -h'
        )
        ;;
      schools)
        rows=(
          '--json	the result as JSON	--json'
          '--help	show this help	--help -h'
          '--lang	language: fr or en	--lang'
          '--plain	plain text: no box, no colour, no redrawing	--plain'
          '--color	colours: auto, always or never	--color'
          '--quiet	write only the result and the errors	--quiet -q'
          '--today	work the result out as if it were that day	--today'
          '--debug	show the details of an internal error	--debug'
          '--help	show this help	--help -h'
        )
        ;;
      schema)
        rows=(
          '--help	show this help	--help -h'
          '--lang	language: fr or en	--lang'
          '--plain	plain text: no box, no colour, no redrawing	--plain'
          '--color	colours: auto, always or never	--color'
          '--quiet	write only the result and the errors	--quiet -q'
          '--today	work the result out as if it were that day	--today'
          '--debug	show the details of an internal error	--debug'
          '--help	show this help	--help -h'
        )
        ;;
      completion)
        rows=(
          '--help	show this help	--help -h'
          '--lang	language: fr or en	--lang'
          '--plain	plain text: no box, no colour, no redrawing	--plain'
          '--color	colours: auto, always or never	--color'
          '--quiet	write only the result and the errors	--quiet -q'
          '--today	work the result out as if it were that day	--today'
          '--debug	show the details of an internal error	--debug'
          '--help	show this help	--help -h'
        )
        ;;
      help)
        rows=(
          '--help	show this help	--help -h'
          '--lang	language: fr or en	--lang'
          '--plain	plain text: no box, no colour, no redrawing	--plain'
          '--color	colours: auto, always or never	--color'
          '--quiet	write only the result and the errors	--quiet -q'
          '--today	work the result out as if it were that day	--today'
          '--debug	show the details of an internal error	--debug'
          '--help	show this help	--help -h'
        )
        ;;
      *)
        rows=(
          '--version	the version, and the last year the rules know	--version'
          '--lang	language: fr or en	--lang'
          '--plain	plain text: no box, no colour, no redrawing	--plain'
          '--color	colours: auto, always or never	--color'
          '--quiet	write only the result and the errors	--quiet -q'
          '--today	work the result out as if it were that day	--today'
          '--debug	show the details of an internal error	--debug'
          '--help	show this help	--help -h'
        )
        ;;
    esac
    _ami_offer once
    return
  fi
  case $command in
    check) ;;
    batch)
      _ami_files
      ;;
    rules) ;;
    schools) ;;
    schema)
      rows=(
        'answers	the answers of a student, as --answers reads them	'
        'result	the result of ami check --json	'
      )
      _ami_offer
      ;;
    completion)
      rows=(
        'bash	Linux, and macOS before 2019	'
        'zsh	macOS	'
        'fish	fish 3 or later	'
        'powershell	Windows, PowerShell 5.1 or later	'
      )
      _ami_offer
      ;;
    help)
      rows=(
        'check	Find out whether you can receive the AMI.	'
        'batch	Judge a whole file of students.	'
        'rules	The conditions and figures in force, with their sources.	'
        'schools	Look for an institution in the ministry’s register.	'
        'schema	The JSON Schema of the answers and of the result.	'
        'completion	Completes commands with the Tab key.	'
      )
      _ami_offer
      ;;
    *)
      rows=(
        'check	Find out whether you can receive the AMI.	'
        'batch	Judge a whole file of students.	'
        'rules	The conditions and figures in force, with their sources.	'
        'schools	Look for an institution in the ministry’s register.	'
        'schema	The JSON Schema of the answers and of the result.	'
        'completion	Completes commands with the Tab key.	'
        'help	The help of the program or of a command.	'
      )
      _ami_offer
      ;;
  esac
}

# The rows that begin like the present word; when they are listed, each with its help.
# A row is: text, tab, help, tab, options that exclude it (with spaces around each).
_ami_offer() {
  local row text help word width=0 given=' ' quoted='' any_case='' escape='\'
  local -a texts=() helps=()
  COMPREPLY=()
  if [[ $cur == [\"\']* ]]; then
    cur=${cur:1}
    quoted=1
  fi
  cur=${cur//\\/}
  shopt -q nocasematch || any_case=1
  shopt -s nocasematch
  if [[ -n ${1-} ]]; then
    for ((i = 1; i < COMP_CWORD; i++)); do
      given+="${COMP_WORDS[i]%%=*} "
    done
  fi
  for row in "${rows[@]}"; do
    text=${row%%$'\t'*}
    [[ $text == "$cur"* ]] || continue
    row=${row#*$'\t'}
    help=${row%%$'\t'*}
    IFS=' '
    for word in ${row#*$'\t'}; do
      [[ $given == *" $word "* ]] && continue 2
    done
    IFS=$'\n'
    texts+=("$before$text")
    helps+=("$help")
    ((${#text} > width)) && width=${#text}
  done
  IFS=$'\n'
  if [[ -n $any_case ]]; then
    shopt -u nocasematch
  fi
  if [[ ${COMP_TYPE-} != 63 || ${#texts[@]} -lt 2 ]]; then
    for text in ${texts[@]+"${texts[@]}"}; do
      if [[ -z $quoted ]]; then # names of countries: « Corée du Sud », « Myanmar (Birmanie) »
        text=${text// /$escape }
        text=${text//(/$escape(}
        text=${text//)/$escape)}
      fi
      COMPREPLY+=("$text")
    done
    return
  fi
  for ((i = 0; i < ${#texts[@]}; i++)); do
    printf -v row "%-${width}s  %s" "${texts[i]}" "${helps[i]}"
    printf -v row '%-*s' "$((${COLUMNS:-80} - 2))" "${row:0:$((${COLUMNS:-80} - 2))}"
    COMPREPLY+=("$row")
  done
}

# Names of files: readline finds and quotes them itself, but behind a joined option and in bash 3.2.
_ami_files() {
  local name
  if [[ -z $before ]] && compopt -o default 2> /dev/null; then
    return
  fi
  compopt -o filenames 2> /dev/null
  cur=${cur#[\"\']}
  while IFS= read -r name; do
    if [[ -n $name ]]; then
      COMPREPLY+=("$before$name")
    fi
  done <<< "$(compgen -f -- "${cur//\\/}")"
}

if type compopt > /dev/null 2>&1; then
  complete -F _ami ami
else
  complete -o filenames -F _ami ami
fi
