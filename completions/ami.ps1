# Completion de ami, ecrite par " ami completion powershell ".

Register-ArgumentCompleter -Native -CommandName ami -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)

    # command, option, what it takes (file, word or nothing), help, options that exclude it
    $options = @'
	--version		la version, et la derni\u00e8re ann\u00e9e connue des r\u00e8gles	--version
	--lang	word	langue\u00a0: fr ou en	--lang
	--plain		texte simple\u00a0: ni cadre, ni couleur, ni redessin	--plain
	--color	word	couleurs\u00a0: auto, always ou never	--color
	--quiet		n\u2019\u00e9crit que le r\u00e9sultat et les erreurs	--quiet -q
	-q		n\u2019\u00e9crit que le r\u00e9sultat et les erreurs	--quiet -q
	--today	word	calcule comme si on \u00e9tait ce jour-l\u00e0	--today
	--debug		montre le d\u00e9tail d\u2019une erreur interne	--debug
	--help		montre cette aide	--help -h
	-h		montre cette aide	--help -h
check	--birth-date	word	ta date de naissance (ou --age, pas les deux)	--birth-date
check	--age	word	ton \u00e2ge le jour du d\u00e9part, de 0 \u00e0 120	--age
check	--disability		une situation de handicap reconnue, ou non	--disability --no-disability
check	--no-disability		non\u00a0: Situation de handicap	--disability --no-disability
check	--scholarship	word	ta bourse ou ton allocation, pour l\u2019ann\u00e9e universitaire de ton s\u00e9jour	--scholarship
check	--echelon	word	ton \u00e9chelon\u202f; il suffit \u00e0 dire que tu as une bourse sur crit\u00e8res sociaux	--echelon
check	--school	word	l\u2019\u00e9tablissement o\u00f9 tu es inscrit en France\u00a0: son nom, son sigle ou son code UAI	--school
check	--establishment	word	le type de l\u2019\u00e9tablissement o\u00f9 tu as ton inscription	--establishment
check	--stay	word	la raison de ton d\u00e9part\u202f; sans r\u00e9ponse\u00a0: study	--stay
check	--in-curriculum		le s\u00e9jour fait partie de tes \u00e9tudes, ou non\u202f; sans r\u00e9ponse\u00a0: oui	--in-curriculum --outside-curriculum
check	--outside-curriculum		non\u00a0: Dans tes \u00e9tudes	--in-curriculum --outside-curriculum
check	--destination	word	le pays du s\u00e9jour, par son nom ou son code (PT)	--destination
check	--start	word	premier jour \u00e0 l\u2019\u00e9tranger	--start
check	--end	word	dernier jour \u00e0 l\u2019\u00e9tranger, compris	--end
check	--months-received	word	mois d\u2019AMI d\u00e9j\u00e0 per\u00e7us\u202f; sans r\u00e9ponse\u00a0: 0	--months-received
check	--commune	word	la commune de ta famille, par son nom ou son code postal	--commune
check	--rural		ta famille habite en zone rurale, ou non	--rural --no-rural
check	--no-rural		non\u00a0: Zone rurale	--rural --no-rural
check	--priority-area		ta famille habite en quartier prioritaire (QPV), ou non	--priority-area --no-priority-area
check	--no-priority-area		non\u00a0: Quartier prioritaire	--priority-area --no-priority-area
check	--erasmus		tu as ou demandes une bourse Erasmus+, ou non	--erasmus --no-erasmus
check	--no-erasmus		non\u00a0: Bourse Erasmus+	--erasmus --no-erasmus
check	--erasmus-monthly	word	ta bourse Erasmus+ en euros par mois, pour le budget	--erasmus-monthly
check	--merit		tu as ou demandes l\u2019aide au m\u00e9rite, ou non	--merit --no-merit
check	--no-merit		non\u00a0: Aide au m\u00e9rite	--merit --no-merit
check	--answers	file	r\u00e9ponses dans un fichier JSON (-\u00a0: entr\u00e9e standard)\u202f; les options l\u2019emportent\u202f; un document par ligne en .jsonl	--answers
check	--details		le r\u00e9sultat entier\u00a0: raisons, textes officiels, budget, calendrier	--details
check	--calendar	file	\u00e9cris les dates \u00e0 retenir dans un fichier .ics, pour ton agenda	--calendar
check	--report	file	\u00e9cris le r\u00e9sultat en une page \u00e0 imprimer ou \u00e0 garder\u00a0: .html ou .md	--report
check	--mail	file	\u00e9cris le message au SRI, pr\u00eat \u00e0 copier, dans un fichier .txt (-\u00a0: sortie standard)	--mail
check	--include-health		garde dans la page la r\u00e9ponse sur le handicap	--include-health
check	--force		remplace le fichier s\u2019il existe	--force
check	--json		le r\u00e9sultat en JSON	--json
check	--no-input		ne pose aucune question	--no-input
check	--exit-code		code de sortie 10 (non) ou 11 (\u00e0 compl\u00e9ter ou \u00e0 v\u00e9rifier)	--exit-code
batch	--output	file	o\u00f9 \u00e9crire\u202f; sans elle, sur la sortie standard	--output -o
batch	-o	file	o\u00f9 \u00e9crire\u202f; sans elle, sur la sortie standard	--output -o
batch	--format	word	csv, jsonl, xlsx ou parquet\u202f; sans elle, d\u2019apr\u00e8s le nom de la sortie	--format
batch	--map	word	relie une colonne \u00e0 une r\u00e9ponse, ou l\u2019\u00e9carte (COLONNE=-)\u202f; \u00e0 r\u00e9p\u00e9ter	
batch	--only	word	ne garde que ces colonnes de l\u2019entr\u00e9e, s\u00e9par\u00e9es par des virgules	
batch	--encoding	word	encodage du CSV, s\u2019il n\u2019est pas reconnu	--encoding
batch	--sheet	word	feuille du classeur \u00e0 lire, par son nom ou son rang	--sheet
batch	--header-row	word	ligne des noms de colonnes, si ce n\u2019est pas celle qui est trouv\u00e9e	--header-row
batch	--set	word	donne une r\u00e9ponse \u00e0 toutes les lignes (--set establishment=public)\u202f; \u00e0 r\u00e9p\u00e9ter	
batch	--profile	file	fichier TOML qui garde ces r\u00e9glages d\u2019un mois \u00e0 l\u2019autre	--profile
batch	--propose	file	\u00e9crit un profil d\u2019apr\u00e8s le fichier, sans juger\u00a0: chaque supposition y est comment\u00e9e	--propose
batch	--again		juge de nouveau un r\u00e9sultat corrig\u00e9\u00a0: ses colonnes ami_\u2026 sont remplac\u00e9es	--again
batch	--by	word	compte aussi par valeur d\u2019une colonne (composante, pays\u2026)	--by
batch	--pages	word	\u00e9crit une page par \u00e9tudiant dans ce dossier, comme --report de ami check\u202f; sans -o, rien d\u2019autre	--pages
batch	--name-by	word	la colonne qui donne leur nom aux pages	--name-by
batch	--include-health		garde dans la page la r\u00e9ponse sur le handicap	--include-health
batch	--words		ajoute \u00e0 chaque ligne son r\u00e9sultat en mots\u00a0: ami_result, ami_why, ami_to_do	--words
batch	--force		remplace le fichier s\u2019il existe	--force
batch	--raw		garde telles quelles les cellules qu\u2019un tableur ex\u00e9cuterait	--raw
batch	--summary-json	file	\u00e9crit le r\u00e9sum\u00e9 du lot en JSON (-\u00a0: sortie standard)	--summary-json
batch	--template	file	\u00e9crit un fichier d\u2019entr\u00e9e vide \u00e0 ce nom, et rien d\u2019autre	--template
rules	--year	word	ann\u00e9e universitaire, comme 2025-2026	--year
rules	--json		le r\u00e9sultat en JSON	--json
schools	--json		le r\u00e9sultat en JSON	--json
'@
    # command, option ("" behind the command itself), word, help
    $values = @'
ami		check	D\u00e9couvre si tu peux recevoir l\u2019AMI.
ami		batch	Juge tout un fichier d\u2019\u00e9tudiants.
ami		rules	Les conditions et les chiffres en vigueur, avec leurs sources.
ami		schools	Cherche un \u00e9tablissement dans le registre du minist\u00e8re.
ami		schema	Le sch\u00e9ma JSON des r\u00e9ponses et du r\u00e9sultat.
ami		completion	Compl\u00e8te les commandes avec la touche Tab.
ami		help	L\u2019aide du programme ou d\u2019une commande.
	--lang	fr	fran\u00e7ais
	--lang	en	anglais
	--color	auto	sur un terminal seulement
	--color	always	toujours
	--color	never	jamais
check	--scholarship	bcs	Bourse sur crit\u00e8res sociaux
check	--scholarship	annual-allowance	Allocation annuelle
check	--scholarship	pending	Demand\u00e9e ou \u00e0 demander, pas encore notifi\u00e9e
check	--scholarship	none	Ni bourse ni allocation
check	--echelon	0bis	0\u00a0bis
check	--echelon	1	
check	--echelon	2	
check	--echelon	3	
check	--echelon	4	
check	--echelon	5	
check	--echelon	6	
check	--echelon	7	
check	--establishment	public	Public (universit\u00e9, \u00e9cole\u2026)
check	--establishment	private-accredited	Priv\u00e9 habilit\u00e9 \u00e0 recevoir des boursiers
check	--establishment	private-other	Priv\u00e9 non habilit\u00e9
check	--establishment	other-ministry	D\u2019un autre minist\u00e8re
check	--establishment	abroad	\u00c0 l\u2019\u00e9tranger, en direct
check	--stay	study	\u00c9tudes (\u00e9change\u2026)
check	--stay	internship	Stage
check	--stay	other	Autre s\u00e9jour
check	--destination	Afghanistan	
check	--destination	Afrique du Sud	
check	--destination	Albanie	
check	--destination	Alg\u00e9rie	
check	--destination	Allemagne	
check	--destination	Andorre	
check	--destination	Angola	
check	--destination	Anguilla	
check	--destination	Antarctique	
check	--destination	Antigua-et-Barbuda	
check	--destination	Arabie saoudite	
check	--destination	Argentine	
check	--destination	Arm\u00e9nie	
check	--destination	Aruba	
check	--destination	Australie	
check	--destination	Autriche	
check	--destination	Azerba\u00efdjan	
check	--destination	Bahamas	
check	--destination	Bahre\u00efn	
check	--destination	Bangladesh	
check	--destination	Barbade	
check	--destination	Belgique	
check	--destination	Belize	
check	--destination	Bermudes	
check	--destination	Bhoutan	
check	--destination	Bi\u00e9lorussie	
check	--destination	Bolivie	
check	--destination	Bosnie-Herz\u00e9govine	
check	--destination	Botswana	
check	--destination	Brunei	
check	--destination	Br\u00e9sil	
check	--destination	Bulgarie	
check	--destination	Burkina Faso	
check	--destination	Burundi	
check	--destination	B\u00e9nin	
check	--destination	Cambodge	
check	--destination	Cameroun	
check	--destination	Canada	
check	--destination	Cap-Vert	
check	--destination	Chili	
check	--destination	Chine	
check	--destination	Chypre	
check	--destination	Colombie	
check	--destination	Comores	
check	--destination	Congo-Brazzaville	
check	--destination	Congo-Kinshasa	
check	--destination	Cor\u00e9e du Nord	
check	--destination	Cor\u00e9e du Sud	
check	--destination	Costa Rica	
check	--destination	Croatie	
check	--destination	Cuba	
check	--destination	Cura\u00e7ao	
check	--destination	C\u00f4te d\u2019Ivoire	
check	--destination	Danemark	
check	--destination	Djibouti	
check	--destination	Dominique	
check	--destination	Egypte	
check	--destination	Emirats arabes unis	
check	--destination	Equateur	
check	--destination	Erythr\u00e9e	
check	--destination	Espagne	
check	--destination	Estonie	
check	--destination	Eswatini	
check	--destination	Etat de la Cit\u00e9 du Vatican	
check	--destination	Etats-Unis	
check	--destination	Ethiopie	
check	--destination	Fidji	
check	--destination	Finlande	
check	--destination	France	
check	--destination	Gabon	
check	--destination	Gambie	
check	--destination	Ghana	
check	--destination	Gibraltar	
check	--destination	Grenade	
check	--destination	Groenland	
check	--destination	Gr\u00e8ce	
check	--destination	Guadeloupe	
check	--destination	Guam	
check	--destination	Guatemala	
check	--destination	Guernesey	
check	--destination	Guin\u00e9e	
check	--destination	Guin\u00e9e \u00e9quatoriale	
check	--destination	Guin\u00e9e-Bissau	
check	--destination	Guyana	
check	--destination	Guyane fran\u00e7aise	
check	--destination	G\u00e9orgie	
check	--destination	G\u00e9orgie du Sud-et-les \u00celes Sandwich du Sud	
check	--destination	Ha\u00efti	
check	--destination	Honduras	
check	--destination	Hongrie	
check	--destination	Ile Bouvet	
check	--destination	Ile Christmas	
check	--destination	Ile Norfolk	
check	--destination	Ile de Man	
check	--destination	Iles Ca\u00efmans	
check	--destination	Iles Cocos	
check	--destination	Iles Cook	
check	--destination	Iles F\u00e9ro\u00e9	
check	--destination	Iles Heard-et-MacDonald	
check	--destination	Iles Malouines	
check	--destination	Iles Mariannes du Nord	
check	--destination	Iles Marshall	
check	--destination	Iles Pitcairn	
check	--destination	Iles Salomon	
check	--destination	Iles Turques-et-Ca\u00efques	
check	--destination	Iles Vierges britanniques	
check	--destination	Iles Vierges des \u00c9tats-Unis	
check	--destination	Iles mineures \u00e9loign\u00e9es des \u00c9tats-Unis	
check	--destination	Iles \u00c5land	
check	--destination	Inde	
check	--destination	Indon\u00e9sie	
check	--destination	Irak	
check	--destination	Iran	
check	--destination	Irlande	
check	--destination	Islande	
check	--destination	Isra\u00ebl	
check	--destination	Italie	
check	--destination	Jama\u00efque	
check	--destination	Japon	
check	--destination	Jersey	
check	--destination	Jordanie	
check	--destination	Kazakhstan	
check	--destination	Kenya	
check	--destination	Kirghizstan	
check	--destination	Kiribati	
check	--destination	Kosovo	
check	--destination	Kowe\u00eft	
check	--destination	La R\u00e9union	
check	--destination	Laos	
check	--destination	Lesotho	
check	--destination	Lettonie	
check	--destination	Liban	
check	--destination	Liberia	
check	--destination	Libye	
check	--destination	Liechtenstein	
check	--destination	Lituanie	
check	--destination	Luxembourg	
check	--destination	Mac\u00e9doine du Nord	
check	--destination	Madagascar	
check	--destination	Malaisie	
check	--destination	Malawi	
check	--destination	Maldives	
check	--destination	Mali	
check	--destination	Malte	
check	--destination	Maroc	
check	--destination	Martinique	
check	--destination	Maurice	
check	--destination	Mauritanie	
check	--destination	Mayotte	
check	--destination	Mexique	
check	--destination	Micron\u00e9sie	
check	--destination	Moldavie	
check	--destination	Monaco	
check	--destination	Mongolie	
check	--destination	Montserrat	
check	--destination	Mont\u00e9n\u00e9gro	
check	--destination	Mozambique	
check	--destination	Myanmar (Birmanie)	
check	--destination	Namibie	
check	--destination	Nauru	
check	--destination	Nicaragua	
check	--destination	Niger	
check	--destination	Nigeria	
check	--destination	Niue	
check	--destination	Norv\u00e8ge	
check	--destination	Nouvelle-Cal\u00e9donie	
check	--destination	Nouvelle-Z\u00e9lande	
check	--destination	N\u00e9pal	
check	--destination	Oman	
check	--destination	Ouganda	
check	--destination	Ouzb\u00e9kistan	
check	--destination	Pakistan	
check	--destination	Palaos	
check	--destination	Panama	
check	--destination	Papouasie-Nouvelle-Guin\u00e9e	
check	--destination	Paraguay	
check	--destination	Pays-Bas	
check	--destination	Pays-Bas carib\u00e9ens	
check	--destination	Philippines	
check	--destination	Pologne	
check	--destination	Polyn\u00e9sie fran\u00e7aise	
check	--destination	Porto Rico	
check	--destination	Portugal	
check	--destination	P\u00e9rou	
check	--destination	Qatar	
check	--destination	R.A.S. chinoise de Hong Kong	
check	--destination	R.A.S. chinoise de Macao	
check	--destination	Roumanie	
check	--destination	Royaume-Uni	
check	--destination	Russie	
check	--destination	Rwanda	
check	--destination	R\u00e9publique centrafricaine	
check	--destination	R\u00e9publique dominicaine	
check	--destination	Sahara occidental	
check	--destination	Saint-Barth\u00e9lemy	
check	--destination	Saint-Christophe-et-Ni\u00e9v\u00e8s	
check	--destination	Saint-Marin	
check	--destination	Saint-Martin	
check	--destination	Saint-Martin (partie n\u00e9erlandaise)	
check	--destination	Saint-Pierre-et-Miquelon	
check	--destination	Saint-Vincent-et-les Grenadines	
check	--destination	Sainte-H\u00e9l\u00e8ne	
check	--destination	Sainte-Lucie	
check	--destination	Salvador	
check	--destination	Samoa	
check	--destination	Samoa am\u00e9ricaines	
check	--destination	Sao Tom\u00e9-et-Principe	
check	--destination	Serbie	
check	--destination	Seychelles	
check	--destination	Sierra Leone	
check	--destination	Singapour	
check	--destination	Slovaquie	
check	--destination	Slov\u00e9nie	
check	--destination	Somalie	
check	--destination	Soudan	
check	--destination	Soudan du Sud	
check	--destination	Sri Lanka	
check	--destination	Suisse	
check	--destination	Suriname	
check	--destination	Su\u00e8de	
check	--destination	Svalbard et Jan Mayen	
check	--destination	Syrie	
check	--destination	S\u00e9n\u00e9gal	
check	--destination	Tadjikistan	
check	--destination	Tanzanie	
check	--destination	Ta\u00efwan	
check	--destination	Tchad	
check	--destination	Tch\u00e9quie	
check	--destination	Terres australes fran\u00e7aises	
check	--destination	Territoire britannique de l\u2019oc\u00e9an Indien	
check	--destination	Territoires palestiniens	
check	--destination	Tha\u00eflande	
check	--destination	Timor oriental	
check	--destination	Togo	
check	--destination	Tokelau	
check	--destination	Tonga	
check	--destination	Trinit\u00e9-et-Tobago	
check	--destination	Tunisie	
check	--destination	Turkm\u00e9nistan	
check	--destination	Turquie	
check	--destination	Tuvalu	
check	--destination	Ukraine	
check	--destination	Uruguay	
check	--destination	Vanuatu	
check	--destination	Venezuela	
check	--destination	Vi\u00eat Nam	
check	--destination	Wallis-et-Futuna	
check	--destination	Y\u00e9men	
check	--destination	Zambie	
check	--destination	Zimbabwe	
batch	--format	csv	texte s\u00e9par\u00e9, pour un tableur
batch	--format	jsonl	un objet JSON par ligne
batch	--format	xlsx	classeur
batch	--format	parquet	colonnes compress\u00e9es
batch	--encoding	utf-8	le plus courant
batch	--encoding	utf-16	\u00ab\u00a0Texte Unicode\u00a0\u00bb d\u2019Excel
batch	--encoding	cp1252	Excel sous Windows
batch	--encoding	mac-roman	Excel sous macOS, ancien
batch	--encoding	cp850	console de Windows
batch	--encoding	iso8859-15	latin-9
rules	--year	2020-2021	
rules	--year	2021-2022	
rules	--year	2022-2023	
rules	--year	2023-2024	
rules	--year	2024-2025	
rules	--year	2025-2026	
schema		answers	les r\u00e9ponses d\u2019un \u00e9tudiant, comme --answers les lit
schema		result	le r\u00e9sultat de ami check --json
completion		bash	Linux, et macOS d\u2019avant 2019
completion		zsh	macOS
completion		fish	fish 3 ou plus r\u00e9cent
completion		powershell	Windows, PowerShell 5.1 ou plus r\u00e9cent
help		check	D\u00e9couvre si tu peux recevoir l\u2019AMI.
help		batch	Juge tout un fichier d\u2019\u00e9tudiants.
help		rules	Les conditions et les chiffres en vigueur, avec leurs sources.
help		schools	Cherche un \u00e9tablissement dans le registre du minist\u00e8re.
help		schema	Le sch\u00e9ma JSON des r\u00e9ponses et du r\u00e9sultat.
help		completion	Compl\u00e8te les commandes avec la touche Tab.
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
