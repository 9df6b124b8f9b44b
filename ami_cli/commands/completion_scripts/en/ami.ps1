# Completion of ami, written by "ami completion powershell".

Register-ArgumentCompleter -Native -CommandName ami -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)

    # command, option, what it takes (file, word or nothing), help, options that exclude it
    $options = @'
	--version		the version, and the last year the rules know	--version
	--lang	word	language: fr or en	--lang
	--plain		plain text: no box, no colour, no redrawing	--plain
	--color	word	colours: auto, always or never	--color
	--quiet		write only the result and the errors	--quiet -q
	-q		write only the result and the errors	--quiet -q
	--today	word	work the result out as if it were that day	--today
	--debug		show the details of an internal error	--debug
	--help		show this help	--help -h
	-h		show this help	--help -h
check	--birth-date	word	your date of birth (or --age, not both)	--birth-date
check	--age	word	your age on the day you leave, from 0 to 120	--age
check	--disability		a recognised disability, or not	--disability --no-disability
check	--no-disability		no: Disability	--disability --no-disability
check	--scholarship	word	your scholarship or allowance, for the academic year of your stay	--scholarship
check	--echelon	word	your \u00e9chelon; giving it is enough to say that you hold a BCS	--echelon
check	--school	word	the institution where you are enrolled in France: its name, acronym or UAI code	--school
check	--establishment	word	the type of the institution where you are enrolled	--establishment
check	--stay	word	what you are going abroad for; without an answer: study	--stay
check	--in-curriculum		the stay is part of your studies, or not; without an answer: yes	--in-curriculum --outside-curriculum
check	--outside-curriculum		no: Part of your studies	--in-curriculum --outside-curriculum
check	--destination	word	the country of the stay, by its name or its code (PT)	--destination
check	--start	word	first day abroad	--start
check	--end	word	last day abroad, included	--end
check	--months-received	word	months of AMI already received; without an answer: 0	--months-received
check	--commune	word	the commune of your family home, by its name or its postal code	--commune
check	--rural		your family lives in a rural area, or not	--rural --no-rural
check	--no-rural		no: Rural area	--rural --no-rural
check	--priority-area		your family lives in a priority neighbourhood (QPV), or not	--priority-area --no-priority-area
check	--no-priority-area		no: Priority neighbourhood	--priority-area --no-priority-area
check	--erasmus		you have or are applying for an Erasmus+ grant, or not	--erasmus --no-erasmus
check	--no-erasmus		no: Erasmus+ grant	--erasmus --no-erasmus
check	--erasmus-monthly	word	your Erasmus+ grant in euros a month, for the budget	--erasmus-monthly
check	--merit		you have or are applying for the aide au m\u00e9rite, or not	--merit --no-merit
check	--no-merit		no: Aide au m\u00e9rite	--merit --no-merit
check	--answers	file	answers in a JSON file (-: standard input); options take precedence; one document a line in .jsonl	--answers
check	--details		the whole result: reasons, official texts, budget, calendar	--details
check	--calendar	file	write the dates to keep to an .ics file, for your calendar	--calendar
check	--report	file	write the result as one page to print or keep: .html or .md	--report
check	--mail	file	write the message to the SRI, ready to copy, to a .txt file (-: standard output)	--mail
check	--include-health		keep the answer about disability in the page	--include-health
check	--force		replace the file if it exists	--force
check	--json		the result as JSON	--json
check	--no-input		ask no question	--no-input
check	--exit-code		exit code 10 (no) or 11 (to complete or to check)	--exit-code
batch	--output	file	where to write; without it, to standard output	--output -o
batch	-o	file	where to write; without it, to standard output	--output -o
batch	--format	word	csv, jsonl, xlsx or parquet; without it, by the name of the output	--format
batch	--map	word	link a column to an answer, or leave it out (COLUMN=-); may be repeated	
batch	--only	word	keep only these columns of the input, separated by commas	
batch	--encoding	word	encoding of the CSV, where it is not recognised	--encoding
batch	--sheet	word	sheet of the workbook to read, by name or rank	--sheet
batch	--header-row	word	row of the names of the columns, if it is not the one found	--header-row
batch	--set	word	give an answer to all rows (--set establishment=public); may be repeated	
batch	--profile	file	TOML file that keeps these settings from one month to the next	--profile
batch	--propose	file	write a profile from the file without judging it: each guess is a commented line	--propose
batch	--again		judge a corrected result again: its ami_\u2026 columns are replaced	--again
batch	--by	word	count by the values of a column too (faculty, country\u2026)	--by
batch	--pages	word	write a page per student into this folder, as --report of ami check does; without -o, nothing else	--pages
batch	--name-by	word	the column that gives the pages their names	--name-by
batch	--include-health		keep the answer about disability in the page	--include-health
batch	--words		add to each row its result in words: ami_result, ami_why, ami_to_do	--words
batch	--force		replace the file if it exists	--force
batch	--raw		keep as they are the cells that a spreadsheet would run	--raw
batch	--summary-json	file	write the summary of the batch as JSON (-: standard output)	--summary-json
batch	--template	file	write an empty input file under this name, and nothing else	--template
rules	--year	word	academic year, such as 2025-2026	--year
rules	--json		the result as JSON	--json
schools	--json		the result as JSON	--json
'@
    # command, option ("" behind the command itself), word, help
    $values = @'
ami		check	Find out whether you can receive the AMI.
ami		batch	Judge a whole file of students.
ami		rules	The conditions and figures in force, with their sources.
ami		schools	Look for an institution in the ministry\u2019s register.
ami		schema	The JSON Schema of the answers and of the result.
ami		completion	Completes commands with the Tab key.
ami		help	The help of the program or of a command.
	--lang	fr	French
	--lang	en	English
	--color	auto	on a terminal only
	--color	always	always
	--color	never	never
check	--scholarship	bcs	BCS (bourse sur crit\u00e8res sociaux)
check	--scholarship	annual-allowance	Allocation annuelle
check	--scholarship	pending	Applied for or to be applied for, not notified yet
check	--scholarship	none	Neither scholarship nor allowance
check	--echelon	0bis	0\u00a0bis
check	--echelon	1	
check	--echelon	2	
check	--echelon	3	
check	--echelon	4	
check	--echelon	5	
check	--echelon	6	
check	--echelon	7	
check	--establishment	public	Public (university, school\u2026)
check	--establishment	private-accredited	Private, accredited (habilit\u00e9)
check	--establishment	private-other	Private, not accredited
check	--establishment	other-ministry	Under another ministry
check	--establishment	abroad	Abroad, enrolled directly
check	--stay	study	Studies (exchange\u2026)
check	--stay	internship	Internship
check	--stay	other	Another kind of stay
check	--destination	Afghanistan	
check	--destination	Aland Islands	
check	--destination	Albania	
check	--destination	Algeria	
check	--destination	American Samoa	
check	--destination	Andorra	
check	--destination	Angola	
check	--destination	Anguilla	
check	--destination	Antarctica	
check	--destination	Antigua & Barbuda	
check	--destination	Argentina	
check	--destination	Armenia	
check	--destination	Aruba	
check	--destination	Australia	
check	--destination	Austria	
check	--destination	Azerbaijan	
check	--destination	Bahamas	
check	--destination	Bahrain	
check	--destination	Bangladesh	
check	--destination	Barbados	
check	--destination	Belarus	
check	--destination	Belgium	
check	--destination	Belize	
check	--destination	Benin	
check	--destination	Bermuda	
check	--destination	Bhutan	
check	--destination	Bolivia	
check	--destination	Bosnia & Herzegovina	
check	--destination	Botswana	
check	--destination	Bouvet Island	
check	--destination	Brazil	
check	--destination	British Indian Ocean Territory	
check	--destination	British Virgin Islands	
check	--destination	Brunei	
check	--destination	Bulgaria	
check	--destination	Burkina Faso	
check	--destination	Burundi	
check	--destination	Cambodia	
check	--destination	Cameroon	
check	--destination	Canada	
check	--destination	Cape Verde	
check	--destination	Caribbean Netherlands	
check	--destination	Cayman Islands	
check	--destination	Central African Republic	
check	--destination	Chad	
check	--destination	Chile	
check	--destination	China	
check	--destination	Christmas Island	
check	--destination	Cocos (Keeling) Islands	
check	--destination	Colombia	
check	--destination	Comoros	
check	--destination	Congo - Brazzaville	
check	--destination	Congo - Kinshasa	
check	--destination	Cook Islands	
check	--destination	Costa Rica	
check	--destination	Croatia	
check	--destination	Cuba	
check	--destination	Cura\u00e7ao	
check	--destination	Cyprus	
check	--destination	Czechia	
check	--destination	C\u00f4te d\u2019Ivoire	
check	--destination	Denmark	
check	--destination	Djibouti	
check	--destination	Dominica	
check	--destination	Dominican Republic	
check	--destination	Ecuador	
check	--destination	Egypt	
check	--destination	El Salvador	
check	--destination	Equatorial Guinea	
check	--destination	Eritrea	
check	--destination	Estonia	
check	--destination	Eswatini	
check	--destination	Ethiopia	
check	--destination	Falkland Islands	
check	--destination	Faroe Islands	
check	--destination	Fiji	
check	--destination	Finland	
check	--destination	France	
check	--destination	French Guiana	
check	--destination	French Polynesia	
check	--destination	French Southern and Antarctic Lands	
check	--destination	Gabon	
check	--destination	Gambia	
check	--destination	Georgia	
check	--destination	Germany	
check	--destination	Ghana	
check	--destination	Gibraltar	
check	--destination	Greece	
check	--destination	Greenland	
check	--destination	Grenada	
check	--destination	Guadeloupe	
check	--destination	Guam	
check	--destination	Guatemala	
check	--destination	Guernsey	
check	--destination	Guinea	
check	--destination	Guinea-Bissau	
check	--destination	Guyana	
check	--destination	Haiti	
check	--destination	Heard Island & McDonald Islands	
check	--destination	Honduras	
check	--destination	Hong Kong SAR China	
check	--destination	Hungary	
check	--destination	Iceland	
check	--destination	India	
check	--destination	Indonesia	
check	--destination	Iran	
check	--destination	Iraq	
check	--destination	Ireland	
check	--destination	Isle of Man	
check	--destination	Israel	
check	--destination	Italy	
check	--destination	Jamaica	
check	--destination	Japan	
check	--destination	Jersey	
check	--destination	Jordan	
check	--destination	Kazakhstan	
check	--destination	Kenya	
check	--destination	Kiribati	
check	--destination	Kosovo	
check	--destination	Kuwait	
check	--destination	Kyrgyzstan	
check	--destination	Laos	
check	--destination	Latvia	
check	--destination	Lebanon	
check	--destination	Lesotho	
check	--destination	Liberia	
check	--destination	Libya	
check	--destination	Liechtenstein	
check	--destination	Lithuania	
check	--destination	Luxembourg	
check	--destination	Macao SAR China	
check	--destination	Madagascar	
check	--destination	Malawi	
check	--destination	Malaysia	
check	--destination	Maldives	
check	--destination	Mali	
check	--destination	Malta	
check	--destination	Marshall Islands	
check	--destination	Martinique	
check	--destination	Mauritania	
check	--destination	Mauritius	
check	--destination	Mayotte	
check	--destination	Mexico	
check	--destination	Micronesia	
check	--destination	Moldova	
check	--destination	Monaco	
check	--destination	Mongolia	
check	--destination	Montenegro	
check	--destination	Montserrat	
check	--destination	Morocco	
check	--destination	Mozambique	
check	--destination	Myanmar (Burma)	
check	--destination	Namibia	
check	--destination	Nauru	
check	--destination	Nepal	
check	--destination	Netherlands	
check	--destination	New Caledonia	
check	--destination	New Zealand	
check	--destination	Nicaragua	
check	--destination	Niger	
check	--destination	Nigeria	
check	--destination	Niue	
check	--destination	Norfolk Island	
check	--destination	North Korea	
check	--destination	North Macedonia	
check	--destination	Northern Mariana Islands	
check	--destination	Norway	
check	--destination	Oman	
check	--destination	Pakistan	
check	--destination	Palau	
check	--destination	Palestinian Territories	
check	--destination	Panama	
check	--destination	Papua New Guinea	
check	--destination	Paraguay	
check	--destination	Peru	
check	--destination	Philippines	
check	--destination	Pitcairn Islands	
check	--destination	Poland	
check	--destination	Portugal	
check	--destination	Puerto Rico	
check	--destination	Qatar	
check	--destination	Romania	
check	--destination	Russia	
check	--destination	Rwanda	
check	--destination	R\u00e9union	
check	--destination	Samoa	
check	--destination	San Marino	
check	--destination	Saudi Arabia	
check	--destination	Senegal	
check	--destination	Serbia	
check	--destination	Seychelles	
check	--destination	Sierra Leone	
check	--destination	Singapore	
check	--destination	Sint Maarten	
check	--destination	Slovakia	
check	--destination	Slovenia	
check	--destination	Solomon Islands	
check	--destination	Somalia	
check	--destination	South Africa	
check	--destination	South Georgia & South Sandwich Islands	
check	--destination	South Korea	
check	--destination	South Sudan	
check	--destination	Spain	
check	--destination	Sri Lanka	
check	--destination	St. Barth\u00e9lemy	
check	--destination	St. Helena, Ascension & Tristan da Cunha	
check	--destination	St. Kitts & Nevis	
check	--destination	St. Lucia	
check	--destination	St. Martin	
check	--destination	St. Pierre & Miquelon	
check	--destination	St. Vincent & Grenadines	
check	--destination	Sudan	
check	--destination	Suriname	
check	--destination	Svalbard & Jan Mayen	
check	--destination	Sweden	
check	--destination	Switzerland	
check	--destination	Syria	
check	--destination	S\u00e3o Tom\u00e9 & Pr\u00edncipe	
check	--destination	Taiwan	
check	--destination	Tajikistan	
check	--destination	Tanzania	
check	--destination	Thailand	
check	--destination	Timor-Leste	
check	--destination	Togo	
check	--destination	Tokelau	
check	--destination	Tonga	
check	--destination	Trinidad & Tobago	
check	--destination	Tunisia	
check	--destination	Turkmenistan	
check	--destination	Turks & Caicos Islands	
check	--destination	Tuvalu	
check	--destination	T\u00fcrkiye	
check	--destination	U.S. Outlying Islands	
check	--destination	U.S. Virgin Islands	
check	--destination	Uganda	
check	--destination	Ukraine	
check	--destination	United Arab Emirates	
check	--destination	United Kingdom	
check	--destination	United States	
check	--destination	Uruguay	
check	--destination	Uzbekistan	
check	--destination	Vanuatu	
check	--destination	Vatican City	
check	--destination	Venezuela	
check	--destination	Vietnam	
check	--destination	Wallis & Futuna	
check	--destination	Western Sahara	
check	--destination	Yemen	
check	--destination	Zambia	
check	--destination	Zimbabwe	
batch	--format	csv	separated text, for a spreadsheet
batch	--format	jsonl	one JSON object per line
batch	--format	xlsx	workbook
batch	--format	parquet	compressed columns
batch	--encoding	utf-8	the most common
batch	--encoding	utf-16	\u201cUnicode Text\u201d of Excel
batch	--encoding	cp1252	Excel on Windows
batch	--encoding	mac-roman	Excel on macOS, old
batch	--encoding	cp850	console of Windows
batch	--encoding	iso8859-15	latin-9
rules	--year	2020-2021	
rules	--year	2021-2022	
rules	--year	2022-2023	
rules	--year	2023-2024	
rules	--year	2024-2025	
rules	--year	2025-2026	
schema		answers	the answers of a student, as --answers reads them
schema		result	the result of ami check --json
completion		bash	Linux, and macOS before 2019
completion		zsh	macOS
completion		fish	fish 3 or later
completion		powershell	Windows, PowerShell 5.1 or later
help		check	Find out whether you can receive the AMI.
help		batch	Judge a whole file of students.
help		rules	The conditions and figures in force, with their sources.
help		schools	Look for an institution in the ministry\u2019s register.
help		schema	The JSON Schema of the answers and of the result.
help		completion	Completes commands with the Tab key.
'@

    function Read-Row([string] $text) {
        [regex]::Unescape($text) -split "`r?`n" | Where-Object { $_ } |
            ForEach-Object { , ($_ -split "`t") }
    }
    function Write-Row([string] $text, [string] $shown, [string] $kind, [string] $help) {
        if (-not $help) { $help = $shown }
        if ($shown -match '[^\w.-]') { $text = $text.Replace($shown, "`"$shown`"") }
        [System.Management.Automation.CompletionResult]::new($text, $shown, $kind, $help)
    }

    $names = @('check', 'batch', 'rules', 'schools', 'schema', 'completion', 'help')
    $given = @($commandAst.CommandElements | Select-Object -Skip 1 |
        Where-Object { $_.Extent.EndOffset -lt $cursorPosition } | ForEach-Object { "$_" })
    $command = $given | Where-Object { $names -contains $_ } | Select-Object -First 1
    $rows = @(Read-Row $options | Where-Object { $_[0] -eq '' -or $_[0] -eq $command })

    # --option value, --option=value
    $before = ''
    $flag = if ($given.Count) { $given[-1] } else { '' }
    $start = $wordToComplete.Trim('"', "'")
    if ($wordToComplete -match '^(--[a-z-]+)=(.*)$') {
        $flag = $Matches[1]
        $start = $Matches[2].Trim('"', "'")
        $before = "$flag="
    }
    $option = $rows | Where-Object { $_[1] -eq $flag -and $_[2] } | Select-Object -First 1
    if ($option) {
        Read-Row $values | Where-Object { $_[1] -eq $flag -and $_[2] -like "$start*" } |
            Where-Object { $_[0] -eq '' -or $_[0] -eq $command } |
            ForEach-Object { Write-Row "$before$($_[2])" $_[2] ParameterValue $_[3] }
        return
    }
    if ($wordToComplete -like '-*') {
        $rows | Where-Object { $_[1] -like "$wordToComplete*" } | Where-Object {
            -not @($_[4] -split ' ' | Where-Object { $given -contains $_ }).Count
        } | ForEach-Object { Write-Row $_[1] $_[1] ParameterName $_[3] }
        return
    }
    $place = if ($command) { $command } else { 'ami' }
    Read-Row $values | Where-Object { $_[0] -eq $place -and $_[1] -eq '' } |
        Where-Object { $_[2] -like "$wordToComplete*" } |
        ForEach-Object { Write-Row $_[2] $_[2] ParameterValue $_[3] }
}
