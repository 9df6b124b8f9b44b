# Complétion de ami, écrite par « ami completion powershell ».

Register-ArgumentCompleter -Native -CommandName ami -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)

    # command, option, what it takes (file, word or nothing), help, options that exclude it
    $options = @'
	--version		la version, et la dernière année connue des règles	--version
	--lang	word	langue : fr ou en	--lang
	--plain		texte simple : ni cadre, ni couleur, ni redessin	--plain
	--color	word	couleurs : auto, always ou never	--color
	--quiet		n’écrit que le résultat et les erreurs	--quiet -q
	-q		n’écrit que le résultat et les erreurs	--quiet -q
	--today	word	calcule comme si on était ce jour-là	--today
	--debug		montre le détail d’une erreur interne	--debug
	--help		montre cette aide	--help -h
	-h		montre cette aide	--help -h
check	--birth-date	word	ta date de naissance (ou --age, pas les deux)	--birth-date
check	--age	word	ton âge le jour du départ, de 0 à 120	--age
check	--disability		une situation de handicap reconnue, ou non	--disability --no-disability
check	--no-disability		non : Situation de handicap	--disability --no-disability
check	--scholarship	word	ta bourse ou ton allocation	--scholarship
check	--echelon	word	ton échelon ; il suffit à dire que tu as une bourse sur critères sociaux	--echelon
check	--school	word	l’établissement où tu es inscrit en France : son nom, son sigle ou son code UAI	--school
check	--establishment	word	le type de l’établissement où tu as ton inscription	--establishment
check	--stay	word	la raison de ton départ ; sans réponse : study	--stay
check	--in-curriculum		le séjour fait partie de tes études, ou non ; sans réponse : oui	--in-curriculum --outside-curriculum
check	--outside-curriculum		non : Dans tes études	--in-curriculum --outside-curriculum
check	--start	word	premier jour à l’étranger	--start
check	--end	word	dernier jour à l’étranger, compris	--end
check	--months-received	word	mois d’AMI déjà perçus ; sans réponse : 0	--months-received
check	--commune	word	la commune de ta famille, par son nom ou son code INSEE	--commune
check	--rural		ta famille habite en zone rurale, ou non	--rural --no-rural
check	--no-rural		non : Zone rurale	--rural --no-rural
check	--priority-area		ta famille habite en quartier prioritaire (QPV), ou non	--priority-area --no-priority-area
check	--no-priority-area		non : Quartier prioritaire	--priority-area --no-priority-area
check	--erasmus		tu as ou demandes une bourse Erasmus+, ou non	--erasmus --no-erasmus
check	--no-erasmus		non : Bourse Erasmus+	--erasmus --no-erasmus
check	--erasmus-monthly	word	ta bourse Erasmus+ en euros par mois, pour le budget	--erasmus-monthly
check	--merit		tu as ou demandes l’aide au mérite, ou non	--merit --no-merit
check	--no-merit		non : Aide au mérite	--merit --no-merit
check	--answers	file	réponses dans un fichier JSON (- : entrée standard) ; les options l’emportent	--answers
check	--calendar	file	écris les dates à retenir dans un fichier .ics, pour ton agenda	--calendar
check	--report	file	écris le résultat en une page à imprimer ou à garder : .html ou .md	--report
check	--include-health		garde dans la page ta réponse sur le handicap	--include-health
check	--force		remplace le fichier s’il existe	--force
check	--json		le résultat en JSON	--json
check	--no-input		ne pose aucune question	--no-input
check	--exit-code		code de sortie 10 (non) ou 11 (à compléter ou à vérifier)	--exit-code
batch	--output	file	où écrire ; sans elle, sur la sortie standard	--output -o
batch	-o	file	où écrire ; sans elle, sur la sortie standard	--output -o
batch	--format	word	csv, jsonl, xlsx ou parquet ; sans elle, d’après le nom de la sortie	--format
batch	--map	word	relie une colonne à une réponse, ou l’écarte (COLONNE=-) ; à répéter	
batch	--only	word	ne garde que ces colonnes de l’entrée, séparées par des virgules	
batch	--encoding	word	encodage du CSV, s’il n’est pas reconnu	--encoding
batch	--sheet	word	feuille du classeur à lire, par son nom ou son rang	--sheet
batch	--force		remplace le fichier s’il existe	--force
batch	--raw		garde telles quelles les cellules qu’un tableur exécuterait	--raw
batch	--summary-json	file	écrit le résumé du lot en JSON (- : sortie standard)	--summary-json
batch	--template	file	écrit un fichier d’entrée vide à ce nom, et rien d’autre	--template
rules	--year	word	année universitaire, comme 2025-2026	--year
rules	--json		le résultat en JSON	--json
schools	--json		le résultat en JSON	--json
'@
    # command, option ("" behind the command itself), word, help
    $values = @'
ami		check	Découvre si tu peux recevoir l’AMI.
ami		batch	Juge tout un fichier d’étudiants.
ami		rules	Les conditions et les chiffres en vigueur, avec leurs sources.
ami		schools	Cherche un établissement dans le registre du ministère.
ami		schema	Le schéma JSON des réponses et du résultat.
ami		completion	Complète les commandes avec la touche Tab.
	--lang	fr	
	--lang	en	
	--color	auto	
	--color	always	
	--color	never	
check	--scholarship	bcs	Bourse sur critères sociaux
check	--scholarship	annual-allowance	Allocation annuelle
check	--scholarship	pending	Demandée, pas encore notifiée
check	--scholarship	none	Ni bourse ni allocation
check	--echelon	0bis	0 bis
check	--echelon	1	
check	--echelon	2	
check	--echelon	3	
check	--echelon	4	
check	--echelon	5	
check	--echelon	6	
check	--echelon	7	
check	--establishment	public	Public (université, école…)
check	--establishment	private-accredited	Privé habilité aux boursiers
check	--establishment	private-other	Privé non habilité
check	--establishment	other-ministry	D’un autre ministère
check	--establishment	abroad	À l’étranger, en direct
check	--stay	study	Études (échange…)
check	--stay	internship	Stage
check	--stay	other	Autre séjour
batch	--format	csv	
batch	--format	jsonl	
batch	--format	xlsx	
batch	--format	parquet	
batch	--encoding	utf-8	
batch	--encoding	utf-16	
batch	--encoding	cp1252	
batch	--encoding	mac-roman	
batch	--encoding	cp850	
batch	--encoding	iso8859-15	
rules	--year	2020-2021	
rules	--year	2021-2022	
rules	--year	2022-2023	
rules	--year	2023-2024	
rules	--year	2024-2025	
rules	--year	2025-2026	
schema		answers	
schema		result	
completion		bash	
completion		zsh	
completion		fish	
completion		powershell	
'@

    function Read-Row([string] $text) {
        $text -split "`r?`n" | Where-Object { $_ } | ForEach-Object { , ($_ -split "`t") }
    }
    function Write-Row([string] $text, [string] $shown, [string] $kind, [string] $help) {
        if (-not $help) { $help = $shown }
        [System.Management.Automation.CompletionResult]::new($text, $shown, $kind, $help)
    }

    $names = @('check', 'batch', 'rules', 'schools', 'schema', 'completion')
    $given = @($commandAst.CommandElements | Select-Object -Skip 1 |
        Where-Object { $_.Extent.EndOffset -lt $cursorPosition } | ForEach-Object { "$_" })
    $command = $given | Where-Object { $names -contains $_ } | Select-Object -First 1
    $rows = @(Read-Row $options | Where-Object { $_[0] -eq '' -or $_[0] -eq $command })

    # --option value, --option=value
    $before = ''
    $flag = if ($given.Count) { $given[-1] } else { '' }
    $start = $wordToComplete
    if ($wordToComplete -match '^(--[a-z-]+)=(.*)$') {
        $flag = $Matches[1]
        $start = $Matches[2]
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
