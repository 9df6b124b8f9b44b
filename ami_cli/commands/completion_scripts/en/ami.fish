# Completion of ami, written by “ami completion fish”.

complete -c ami -f
complete -c ami -n 'not __fish_seen_subcommand_from check batch rules schools schema completion help' -a check -d 'Find out whether you can receive the AMI.'
complete -c ami -n 'not __fish_seen_subcommand_from check batch rules schools schema completion help' -a batch -d 'Judge a whole file of students.'
complete -c ami -n 'not __fish_seen_subcommand_from check batch rules schools schema completion help' -a rules -d 'The conditions and figures in force, with their sources.'
complete -c ami -n 'not __fish_seen_subcommand_from check batch rules schools schema completion help' -a schools -d 'Look for an institution in the ministry’s register.'
complete -c ami -n 'not __fish_seen_subcommand_from check batch rules schools schema completion help' -a schema -d 'The JSON Schema of the answers and of the result.'
complete -c ami -n 'not __fish_seen_subcommand_from check batch rules schools schema completion help' -a completion -d 'Completes commands with the Tab key.'
complete -c ami -n 'not __fish_seen_subcommand_from check batch rules schools schema completion help' -a help -d 'The help of the program or of a command.'
complete -c ami -n 'not __fish_seen_subcommand_from check batch rules schools schema completion help; and not __fish_contains_opt version' -l version -d 'the version, and the last year the rules know'
complete -c ami -l lang -x -a "fr\t'French' en\t'English'" -d 'language: fr or en'
complete -c ami -n 'not __fish_contains_opt plain' -l plain -d 'plain text: no box, no colour, no redrawing'
complete -c ami -l color -x -a "auto\t'on a terminal only' always\t'always' never\t'never'" -d 'colours: auto, always or never'
complete -c ami -n 'not __fish_contains_opt quiet -s q' -l quiet -s q -d 'write only the result and the errors'
complete -c ami -l today -x -d 'work the result out as if it were that day'
complete -c ami -n 'not __fish_contains_opt debug' -l debug -d 'show the details of an internal error'
complete -c ami -n 'not __fish_contains_opt help -s h' -l help -s h -d 'show this help'

complete -c ami -n '__fish_seen_subcommand_from check' -l birth-date -x -d 'your date of birth (or --age, not both)'
complete -c ami -n '__fish_seen_subcommand_from check' -l age -x -d 'your age on the day you leave, from 0 to 120'
complete -c ami -n '__fish_seen_subcommand_from check; and not __fish_contains_opt disability no-disability' -l disability -d 'a recognised disability, or not'
complete -c ami -n '__fish_seen_subcommand_from check; and not __fish_contains_opt disability no-disability' -l no-disability -d 'no: Disability'
complete -c ami -n '__fish_seen_subcommand_from check' -l scholarship -x -a "bcs\t'BCS (bourse sur critères sociaux)' annual-allowance\t'Allocation annuelle' pending\t'Applied for, not notified yet' none\t'Neither scholarship nor allowance'" -d 'your scholarship or allowance'
complete -c ami -n '__fish_seen_subcommand_from check' -l echelon -x -a "0bis\t'0 bis' 1 2 3 4 5 6 7" -d 'your échelon; giving it is enough to say that you hold a BCS'
complete -c ami -n '__fish_seen_subcommand_from check' -l school -x -d 'the institution where you are enrolled in France: its name, acronym or UAI code'
complete -c ami -n '__fish_seen_subcommand_from check' -l establishment -x -a "public\t'Public (university, school…)' private-accredited\t'Private, accredited (habilité)' private-other\t'Private, not accredited' other-ministry\t'Under another ministry' abroad\t'Abroad, enrolled directly'" -d 'the type of the institution where you are enrolled'
complete -c ami -n '__fish_seen_subcommand_from check' -l stay -x -a "study\t'Studies (exchange…)' internship\t'Internship' other\t'Another kind of stay'" -d 'what you are going abroad for; without an answer: study'
complete -c ami -n '__fish_seen_subcommand_from check; and not __fish_contains_opt in-curriculum outside-curriculum' -l in-curriculum -d 'the stay is part of your studies, or not; without an answer: yes'
complete -c ami -n '__fish_seen_subcommand_from check; and not __fish_contains_opt in-curriculum outside-curriculum' -l outside-curriculum -d 'no: Part of your studies'
complete -c ami -n '__fish_seen_subcommand_from check' -l start -x -d 'first day abroad'
complete -c ami -n '__fish_seen_subcommand_from check' -l end -x -d 'last day abroad, included'
complete -c ami -n '__fish_seen_subcommand_from check' -l months-received -x -d 'months of AMI already received; without an answer: 0'
complete -c ami -n '__fish_seen_subcommand_from check' -l commune -x -d 'the commune of your family home, by its name or its INSEE code'
complete -c ami -n '__fish_seen_subcommand_from check; and not __fish_contains_opt rural no-rural' -l rural -d 'your family lives in a rural area, or not'
complete -c ami -n '__fish_seen_subcommand_from check; and not __fish_contains_opt rural no-rural' -l no-rural -d 'no: Rural area'
complete -c ami -n '__fish_seen_subcommand_from check; and not __fish_contains_opt priority-area no-priority-area' -l priority-area -d 'your family lives in a priority neighbourhood (QPV), or not'
complete -c ami -n '__fish_seen_subcommand_from check; and not __fish_contains_opt priority-area no-priority-area' -l no-priority-area -d 'no: Priority neighbourhood'
complete -c ami -n '__fish_seen_subcommand_from check; and not __fish_contains_opt erasmus no-erasmus' -l erasmus -d 'you have or are applying for an Erasmus+ grant, or not'
complete -c ami -n '__fish_seen_subcommand_from check; and not __fish_contains_opt erasmus no-erasmus' -l no-erasmus -d 'no: Erasmus+ grant'
complete -c ami -n '__fish_seen_subcommand_from check' -l erasmus-monthly -x -d 'your Erasmus+ grant in euros a month, for the budget'
complete -c ami -n '__fish_seen_subcommand_from check; and not __fish_contains_opt merit no-merit' -l merit -d 'you have or are applying for the aide au mérite, or not'
complete -c ami -n '__fish_seen_subcommand_from check; and not __fish_contains_opt merit no-merit' -l no-merit -d 'no: Aide au mérite'
complete -c ami -n '__fish_seen_subcommand_from check' -l answers -r -F -d 'answers in a JSON file (-: standard input); options take precedence'
complete -c ami -n '__fish_seen_subcommand_from check' -l calendar -r -F -d 'write the dates to keep to an .ics file, for your calendar'
complete -c ami -n '__fish_seen_subcommand_from check' -l report -r -F -d 'write the result as one page to print or keep: .html or .md'
complete -c ami -n '__fish_seen_subcommand_from check; and not __fish_contains_opt include-health' -l include-health -d 'keep your answer about disability in the page'
complete -c ami -n '__fish_seen_subcommand_from check; and not __fish_contains_opt force' -l force -d 'replace the file if it exists'
complete -c ami -n '__fish_seen_subcommand_from check; and not __fish_contains_opt json' -l json -d 'the result as JSON'
complete -c ami -n '__fish_seen_subcommand_from check; and not __fish_contains_opt no-input' -l no-input -d 'ask no question'
complete -c ami -n '__fish_seen_subcommand_from check; and not __fish_contains_opt exit-code' -l exit-code -d 'exit code 10 (no) or 11 (to complete or to check)'

complete -c ami -n '__fish_seen_subcommand_from batch' -F
complete -c ami -n '__fish_seen_subcommand_from batch' -l output -s o -r -F -d 'where to write; without it, to standard output'
complete -c ami -n '__fish_seen_subcommand_from batch' -l format -x -a "csv\t'separated text, for a spreadsheet' jsonl\t'one JSON object per line' xlsx\t'workbook' parquet\t'compressed columns'" -d 'csv, jsonl, xlsx or parquet; without it, by the name of the output'
complete -c ami -n '__fish_seen_subcommand_from batch' -l map -x -d 'link a column to an answer, or leave it out (COLUMN=-); may be repeated'
complete -c ami -n '__fish_seen_subcommand_from batch' -l only -x -d 'keep only these columns of the input, separated by commas'
complete -c ami -n '__fish_seen_subcommand_from batch' -l encoding -x -a "utf-8\t'the most common' utf-16\t'“Unicode Text” of Excel' cp1252\t'Excel on Windows' mac-roman\t'Excel on macOS, old' cp850\t'console of Windows' iso8859-15\t'latin-9'" -d 'encoding of the CSV, where it is not recognised'
complete -c ami -n '__fish_seen_subcommand_from batch' -l sheet -x -d 'sheet of the workbook to read, by name or rank'
complete -c ami -n '__fish_seen_subcommand_from batch; and not __fish_contains_opt force' -l force -d 'replace the file if it exists'
complete -c ami -n '__fish_seen_subcommand_from batch; and not __fish_contains_opt raw' -l raw -d 'keep as they are the cells that a spreadsheet would run'
complete -c ami -n '__fish_seen_subcommand_from batch' -l summary-json -r -F -d 'write the summary of the batch as JSON (-: standard output)'
complete -c ami -n '__fish_seen_subcommand_from batch' -l template -r -F -d 'write an empty input file under this name, and nothing else'

complete -c ami -n '__fish_seen_subcommand_from rules' -l year -x -a "2020-2021 2021-2022 2022-2023 2023-2024 2024-2025 2025-2026" -d 'academic year, such as 2025-2026'
complete -c ami -n '__fish_seen_subcommand_from rules; and not __fish_contains_opt json' -l json -d 'the result as JSON'

complete -c ami -n '__fish_seen_subcommand_from schools; and not __fish_contains_opt json' -l json -d 'the result as JSON'

complete -c ami -n '__fish_seen_subcommand_from schema; and not __fish_seen_subcommand_from answers result' -a "answers\t'the answers of a student, as --answers reads them' result\t'the result of ami check --json'"

complete -c ami -n '__fish_seen_subcommand_from completion; and not __fish_seen_subcommand_from bash zsh fish powershell' -a "bash\t'Linux, and macOS before 2019' zsh\t'macOS' fish\t'fish 3 or later' powershell\t'Windows, PowerShell 5.1 or later'"

complete -c ami -n '__fish_seen_subcommand_from help; and not __fish_seen_subcommand_from check batch rules schools schema completion help' -a "check\t'Find out whether you can receive the AMI.' batch\t'Judge a whole file of students.' rules\t'The conditions and figures in force, with their sources.' schools\t'Look for an institution in the ministry’s register.' schema\t'The JSON Schema of the answers and of the result.' completion\t'Completes commands with the Tab key.' help\t'The help of the program or of a command.'"
