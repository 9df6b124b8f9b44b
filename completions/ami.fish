# Complétion de ami, écrite par « ami completion fish ».

complete -c ami -f
complete -c ami -n 'not __fish_seen_subcommand_from check batch rules schools schema completion help' -a check -d 'Découvre si tu peux recevoir l’AMI.'
complete -c ami -n 'not __fish_seen_subcommand_from check batch rules schools schema completion help' -a batch -d 'Juge tout un fichier d’étudiants.'
complete -c ami -n 'not __fish_seen_subcommand_from check batch rules schools schema completion help' -a rules -d 'Les conditions et les chiffres en vigueur, avec leurs sources.'
complete -c ami -n 'not __fish_seen_subcommand_from check batch rules schools schema completion help' -a schools -d 'Cherche un établissement dans le registre du ministère.'
complete -c ami -n 'not __fish_seen_subcommand_from check batch rules schools schema completion help' -a schema -d 'Le schéma JSON des réponses et du résultat.'
complete -c ami -n 'not __fish_seen_subcommand_from check batch rules schools schema completion help' -a completion -d 'Complète les commandes avec la touche Tab.'
complete -c ami -n 'not __fish_seen_subcommand_from check batch rules schools schema completion help' -a help -d 'L’aide du programme ou d’une commande.'
complete -c ami -n 'not __fish_seen_subcommand_from check batch rules schools schema completion help; and not __fish_contains_opt version' -l version -d 'la version, et la dernière année connue des règles'
complete -c ami -l lang -x -a "fr\t'français' en\t'anglais'" -d 'langue : fr ou en'
complete -c ami -n 'not __fish_contains_opt plain' -l plain -d 'texte simple : ni cadre, ni couleur, ni redessin'
complete -c ami -l color -x -a "auto\t'sur un terminal seulement' always\t'toujours' never\t'jamais'" -d 'couleurs : auto, always ou never'
complete -c ami -n 'not __fish_contains_opt quiet -s q' -l quiet -s q -d 'n’écrit que le résultat et les erreurs'
complete -c ami -l today -x -d 'calcule comme si on était ce jour-là'
complete -c ami -n 'not __fish_contains_opt debug' -l debug -d 'montre le détail d’une erreur interne'
complete -c ami -n 'not __fish_contains_opt help -s h' -l help -s h -d 'montre cette aide'

complete -c ami -n '__fish_seen_subcommand_from check' -l birth-date -x -d 'ta date de naissance (ou --age, pas les deux)'
complete -c ami -n '__fish_seen_subcommand_from check' -l age -x -d 'ton âge le jour du départ, de 0 à 120'
complete -c ami -n '__fish_seen_subcommand_from check; and not __fish_contains_opt disability no-disability' -l disability -d 'une situation de handicap reconnue, ou non'
complete -c ami -n '__fish_seen_subcommand_from check; and not __fish_contains_opt disability no-disability' -l no-disability -d 'non : Situation de handicap'
complete -c ami -n '__fish_seen_subcommand_from check' -l scholarship -x -a "bcs\t'Bourse sur critères sociaux' annual-allowance\t'Allocation annuelle' pending\t'Demandée, pas encore notifiée' none\t'Ni bourse ni allocation'" -d 'ta bourse ou ton allocation'
complete -c ami -n '__fish_seen_subcommand_from check' -l echelon -x -a "0bis\t'0 bis' 1 2 3 4 5 6 7" -d 'ton échelon ; il suffit à dire que tu as une bourse sur critères sociaux'
complete -c ami -n '__fish_seen_subcommand_from check' -l school -x -d 'l’établissement où tu es inscrit en France : son nom, son sigle ou son code UAI'
complete -c ami -n '__fish_seen_subcommand_from check' -l establishment -x -a "public\t'Public (université, école…)' private-accredited\t'Privé habilité aux boursiers' private-other\t'Privé non habilité' other-ministry\t'D’un autre ministère' abroad\t'À l’étranger, en direct'" -d 'le type de l’établissement où tu as ton inscription'
complete -c ami -n '__fish_seen_subcommand_from check' -l stay -x -a "study\t'Études (échange…)' internship\t'Stage' other\t'Autre séjour'" -d 'la raison de ton départ ; sans réponse : study'
complete -c ami -n '__fish_seen_subcommand_from check; and not __fish_contains_opt in-curriculum outside-curriculum' -l in-curriculum -d 'le séjour fait partie de tes études, ou non ; sans réponse : oui'
complete -c ami -n '__fish_seen_subcommand_from check; and not __fish_contains_opt in-curriculum outside-curriculum' -l outside-curriculum -d 'non : Dans tes études'
complete -c ami -n '__fish_seen_subcommand_from check' -l start -x -d 'premier jour à l’étranger'
complete -c ami -n '__fish_seen_subcommand_from check' -l end -x -d 'dernier jour à l’étranger, compris'
complete -c ami -n '__fish_seen_subcommand_from check' -l months-received -x -d 'mois d’AMI déjà perçus ; sans réponse : 0'
complete -c ami -n '__fish_seen_subcommand_from check' -l commune -x -d 'la commune de ta famille, par son nom ou son code INSEE'
complete -c ami -n '__fish_seen_subcommand_from check; and not __fish_contains_opt rural no-rural' -l rural -d 'ta famille habite en zone rurale, ou non'
complete -c ami -n '__fish_seen_subcommand_from check; and not __fish_contains_opt rural no-rural' -l no-rural -d 'non : Zone rurale'
complete -c ami -n '__fish_seen_subcommand_from check; and not __fish_contains_opt priority-area no-priority-area' -l priority-area -d 'ta famille habite en quartier prioritaire (QPV), ou non'
complete -c ami -n '__fish_seen_subcommand_from check; and not __fish_contains_opt priority-area no-priority-area' -l no-priority-area -d 'non : Quartier prioritaire'
complete -c ami -n '__fish_seen_subcommand_from check; and not __fish_contains_opt erasmus no-erasmus' -l erasmus -d 'tu as ou demandes une bourse Erasmus+, ou non'
complete -c ami -n '__fish_seen_subcommand_from check; and not __fish_contains_opt erasmus no-erasmus' -l no-erasmus -d 'non : Bourse Erasmus+'
complete -c ami -n '__fish_seen_subcommand_from check' -l erasmus-monthly -x -d 'ta bourse Erasmus+ en euros par mois, pour le budget'
complete -c ami -n '__fish_seen_subcommand_from check; and not __fish_contains_opt merit no-merit' -l merit -d 'tu as ou demandes l’aide au mérite, ou non'
complete -c ami -n '__fish_seen_subcommand_from check; and not __fish_contains_opt merit no-merit' -l no-merit -d 'non : Aide au mérite'
complete -c ami -n '__fish_seen_subcommand_from check' -l answers -r -F -d 'réponses dans un fichier JSON (- : entrée standard) ; les options l’emportent'
complete -c ami -n '__fish_seen_subcommand_from check' -l calendar -r -F -d 'écris les dates à retenir dans un fichier .ics, pour ton agenda'
complete -c ami -n '__fish_seen_subcommand_from check' -l report -r -F -d 'écris le résultat en une page à imprimer ou à garder : .html ou .md'
complete -c ami -n '__fish_seen_subcommand_from check; and not __fish_contains_opt include-health' -l include-health -d 'garde dans la page ta réponse sur le handicap'
complete -c ami -n '__fish_seen_subcommand_from check; and not __fish_contains_opt force' -l force -d 'remplace le fichier s’il existe'
complete -c ami -n '__fish_seen_subcommand_from check; and not __fish_contains_opt json' -l json -d 'le résultat en JSON'
complete -c ami -n '__fish_seen_subcommand_from check; and not __fish_contains_opt no-input' -l no-input -d 'ne pose aucune question'
complete -c ami -n '__fish_seen_subcommand_from check; and not __fish_contains_opt exit-code' -l exit-code -d 'code de sortie 10 (non) ou 11 (à compléter ou à vérifier)'

complete -c ami -n '__fish_seen_subcommand_from batch' -F
complete -c ami -n '__fish_seen_subcommand_from batch' -l output -s o -r -F -d 'où écrire ; sans elle, sur la sortie standard'
complete -c ami -n '__fish_seen_subcommand_from batch' -l format -x -a "csv\t'texte séparé, pour un tableur' jsonl\t'un objet JSON par ligne' xlsx\t'classeur' parquet\t'colonnes compressées'" -d 'csv, jsonl, xlsx ou parquet ; sans elle, d’après le nom de la sortie'
complete -c ami -n '__fish_seen_subcommand_from batch' -l map -x -d 'relie une colonne à une réponse, ou l’écarte (COLONNE=-) ; à répéter'
complete -c ami -n '__fish_seen_subcommand_from batch' -l only -x -d 'ne garde que ces colonnes de l’entrée, séparées par des virgules'
complete -c ami -n '__fish_seen_subcommand_from batch' -l encoding -x -a "utf-8\t'le plus courant' utf-16\t'« Texte Unicode » d’Excel' cp1252\t'Excel sous Windows' mac-roman\t'Excel sous macOS, ancien' cp850\t'console de Windows' iso8859-15\t'latin-9'" -d 'encodage du CSV, s’il n’est pas reconnu'
complete -c ami -n '__fish_seen_subcommand_from batch' -l sheet -x -d 'feuille du classeur à lire, par son nom ou son rang'
complete -c ami -n '__fish_seen_subcommand_from batch; and not __fish_contains_opt force' -l force -d 'remplace le fichier s’il existe'
complete -c ami -n '__fish_seen_subcommand_from batch; and not __fish_contains_opt raw' -l raw -d 'garde telles quelles les cellules qu’un tableur exécuterait'
complete -c ami -n '__fish_seen_subcommand_from batch' -l summary-json -r -F -d 'écrit le résumé du lot en JSON (- : sortie standard)'
complete -c ami -n '__fish_seen_subcommand_from batch' -l template -r -F -d 'écrit un fichier d’entrée vide à ce nom, et rien d’autre'

complete -c ami -n '__fish_seen_subcommand_from rules' -l year -x -a "2020-2021 2021-2022 2022-2023 2023-2024 2024-2025 2025-2026" -d 'année universitaire, comme 2025-2026'
complete -c ami -n '__fish_seen_subcommand_from rules; and not __fish_contains_opt json' -l json -d 'le résultat en JSON'

complete -c ami -n '__fish_seen_subcommand_from schools; and not __fish_contains_opt json' -l json -d 'le résultat en JSON'

complete -c ami -n '__fish_seen_subcommand_from schema; and not __fish_seen_subcommand_from answers result' -a "answers\t'les réponses d’un étudiant, comme --answers les lit' result\t'le résultat de ami check --json'"

complete -c ami -n '__fish_seen_subcommand_from completion; and not __fish_seen_subcommand_from bash zsh fish powershell' -a "bash\t'Linux, et macOS d’avant 2019' zsh\t'macOS' fish\t'fish 3 ou plus récent' powershell\t'Windows, PowerShell 5.1 ou plus récent'"

complete -c ami -n '__fish_seen_subcommand_from help; and not __fish_seen_subcommand_from check batch rules schools schema completion help' -a "check\t'Découvre si tu peux recevoir l’AMI.' batch\t'Juge tout un fichier d’étudiants.' rules\t'Les conditions et les chiffres en vigueur, avec leurs sources.' schools\t'Cherche un établissement dans le registre du ministère.' schema\t'Le schéma JSON des réponses et du résultat.' completion\t'Complète les commandes avec la touche Tab.' help\t'L’aide du programme ou d’une commande.'"
