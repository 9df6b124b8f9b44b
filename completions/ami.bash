# Complétion de ami, écrite par « ami completion bash ».
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
        'bcs	Bourse sur critères sociaux	'
        'annual-allowance	Allocation annuelle	'
        'pending	Demandée ou à demander, pas encore notifiée	'
        'none	Ni bourse ni allocation	'
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
        'public	Public (université, école…)	'
        'private-accredited	Privé habilité à recevoir des boursiers	'
        'private-other	Privé non habilité	'
        'other-ministry	D’un autre ministère	'
        'abroad	À l’étranger, en direct	'
      )
      _ami_offer
      return
      ;;
    check:--stay)
      rows=(
        'study	Études (échange…)	'
        'internship	Stage	'
        'other	Autre séjour	'
      )
      _ami_offer
      return
      ;;
    check:--destination)
      rows=(
        'Afghanistan		'
        'Afrique du Sud		'
        'Albanie		'
        'Algérie		'
        'Allemagne		'
        'Andorre		'
        'Angola		'
        'Anguilla		'
        'Antarctique		'
        'Antigua-et-Barbuda		'
        'Arabie saoudite		'
        'Argentine		'
        'Arménie		'
        'Aruba		'
        'Australie		'
        'Autriche		'
        'Azerbaïdjan		'
        'Bahamas		'
        'Bahreïn		'
        'Bangladesh		'
        'Barbade		'
        'Belgique		'
        'Belize		'
        'Bermudes		'
        'Bhoutan		'
        'Biélorussie		'
        'Bolivie		'
        'Bosnie-Herzégovine		'
        'Botswana		'
        'Brunei		'
        'Brésil		'
        'Bulgarie		'
        'Burkina Faso		'
        'Burundi		'
        'Bénin		'
        'Cambodge		'
        'Cameroun		'
        'Canada		'
        'Cap-Vert		'
        'Chili		'
        'Chine		'
        'Chypre		'
        'Colombie		'
        'Comores		'
        'Congo-Brazzaville		'
        'Congo-Kinshasa		'
        'Corée du Nord		'
        'Corée du Sud		'
        'Costa Rica		'
        'Croatie		'
        'Cuba		'
        'Curaçao		'
        'Côte d’Ivoire		'
        'Danemark		'
        'Djibouti		'
        'Dominique		'
        'Egypte		'
        'Emirats arabes unis		'
        'Equateur		'
        'Erythrée		'
        'Espagne		'
        'Estonie		'
        'Eswatini		'
        'Etat de la Cité du Vatican		'
        'Etats-Unis		'
        'Ethiopie		'
        'Fidji		'
        'Finlande		'
        'France		'
        'Gabon		'
        'Gambie		'
        'Ghana		'
        'Gibraltar		'
        'Grenade		'
        'Groenland		'
        'Grèce		'
        'Guadeloupe		'
        'Guam		'
        'Guatemala		'
        'Guernesey		'
        'Guinée		'
        'Guinée équatoriale		'
        'Guinée-Bissau		'
        'Guyana		'
        'Guyane française		'
        'Géorgie		'
        'Géorgie du Sud-et-les Îles Sandwich du Sud		'
        'Haïti		'
        'Honduras		'
        'Hongrie		'
        'Ile Bouvet		'
        'Ile Christmas		'
        'Ile Norfolk		'
        'Ile de Man		'
        'Iles Caïmans		'
        'Iles Cocos		'
        'Iles Cook		'
        'Iles Féroé		'
        'Iles Heard-et-MacDonald		'
        'Iles Malouines		'
        'Iles Mariannes du Nord		'
        'Iles Marshall		'
        'Iles Pitcairn		'
        'Iles Salomon		'
        'Iles Turques-et-Caïques		'
        'Iles Vierges britanniques		'
        'Iles Vierges des États-Unis		'
        'Iles mineures éloignées des États-Unis		'
        'Iles Åland		'
        'Inde		'
        'Indonésie		'
        'Irak		'
        'Iran		'
        'Irlande		'
        'Islande		'
        'Israël		'
        'Italie		'
        'Jamaïque		'
        'Japon		'
        'Jersey		'
        'Jordanie		'
        'Kazakhstan		'
        'Kenya		'
        'Kirghizstan		'
        'Kiribati		'
        'Kosovo		'
        'Koweït		'
        'La Réunion		'
        'Laos		'
        'Lesotho		'
        'Lettonie		'
        'Liban		'
        'Liberia		'
        'Libye		'
        'Liechtenstein		'
        'Lituanie		'
        'Luxembourg		'
        'Macédoine du Nord		'
        'Madagascar		'
        'Malaisie		'
        'Malawi		'
        'Maldives		'
        'Mali		'
        'Malte		'
        'Maroc		'
        'Martinique		'
        'Maurice		'
        'Mauritanie		'
        'Mayotte		'
        'Mexique		'
        'Micronésie		'
        'Moldavie		'
        'Monaco		'
        'Mongolie		'
        'Montserrat		'
        'Monténégro		'
        'Mozambique		'
        'Myanmar (Birmanie)		'
        'Namibie		'
        'Nauru		'
        'Nicaragua		'
        'Niger		'
        'Nigeria		'
        'Niue		'
        'Norvège		'
        'Nouvelle-Calédonie		'
        'Nouvelle-Zélande		'
        'Népal		'
        'Oman		'
        'Ouganda		'
        'Ouzbékistan		'
        'Pakistan		'
        'Palaos		'
        'Panama		'
        'Papouasie-Nouvelle-Guinée		'
        'Paraguay		'
        'Pays-Bas		'
        'Pays-Bas caribéens		'
        'Philippines		'
        'Pologne		'
        'Polynésie française		'
        'Porto Rico		'
        'Portugal		'
        'Pérou		'
        'Qatar		'
        'R.A.S. chinoise de Hong Kong		'
        'R.A.S. chinoise de Macao		'
        'Roumanie		'
        'Royaume-Uni		'
        'Russie		'
        'Rwanda		'
        'République centrafricaine		'
        'République dominicaine		'
        'Sahara occidental		'
        'Saint-Barthélemy		'
        'Saint-Christophe-et-Niévès		'
        'Saint-Marin		'
        'Saint-Martin		'
        'Saint-Martin (partie néerlandaise)		'
        'Saint-Pierre-et-Miquelon		'
        'Saint-Vincent-et-les Grenadines		'
        'Sainte-Hélène		'
        'Sainte-Lucie		'
        'Salvador		'
        'Samoa		'
        'Samoa américaines		'
        'Sao Tomé-et-Principe		'
        'Serbie		'
        'Seychelles		'
        'Sierra Leone		'
        'Singapour		'
        'Slovaquie		'
        'Slovénie		'
        'Somalie		'
        'Soudan		'
        'Soudan du Sud		'
        'Sri Lanka		'
        'Suisse		'
        'Suriname		'
        'Suède		'
        'Svalbard et Jan Mayen		'
        'Syrie		'
        'Sénégal		'
        'Tadjikistan		'
        'Tanzanie		'
        'Taïwan		'
        'Tchad		'
        'Tchéquie		'
        'Terres australes françaises		'
        'Territoire britannique de l’océan Indien		'
        'Territoires palestiniens		'
        'Thaïlande		'
        'Timor oriental		'
        'Togo		'
        'Tokelau		'
        'Tonga		'
        'Trinité-et-Tobago		'
        'Tunisie		'
        'Turkménistan		'
        'Turquie		'
        'Tuvalu		'
        'Ukraine		'
        'Uruguay		'
        'Vanuatu		'
        'Venezuela		'
        'Viêt Nam		'
        'Wallis-et-Futuna		'
        'Yémen		'
        'Zambie		'
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
        'csv	texte séparé, pour un tableur	'
        'jsonl	un objet JSON par ligne	'
        'xlsx	classeur	'
        'parquet	colonnes compressées	'
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
        'utf-8	le plus courant	'
        'utf-16	« Texte Unicode » d’Excel	'
        'cp1252	Excel sous Windows	'
        'mac-roman	Excel sous macOS, ancien	'
        'cp850	console de Windows	'
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
        'fr	français	'
        'en	anglais	'
      )
      _ami_offer
      return
      ;;
    *:--color)
      rows=(
        'auto	sur un terminal seulement	'
        'always	toujours	'
        'never	jamais	'
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
          '--birth-date	ta date de naissance (ou --age, pas les deux)	--birth-date'
          '--age	ton âge le jour du départ, de 0 à 120	--age'
          '--disability	une situation de handicap reconnue, ou non	--disability --no-disability'
          '--no-disability	non : Situation de handicap	--disability --no-disability'
          '--scholarship	ta bourse ou ton allocation, pour l’année universitaire de ton séjour	--scholarship'
          '--echelon	ton échelon ; il suffit à dire que tu as une bourse sur critères sociaux	--echelon'
          '--school	l’établissement où tu es inscrit en France : son nom, son sigle ou son code UAI	--school'
          '--establishment	le type de l’établissement où tu as ton inscription	--establishment'
          '--stay	la raison de ton départ ; sans réponse : study	--stay'
          '--in-curriculum	le séjour fait partie de tes études, ou non ; sans réponse : oui	--in-curriculum --outside-curriculum'
          '--outside-curriculum	non : Dans tes études	--in-curriculum --outside-curriculum'
          '--destination	le pays du séjour, par son nom ou son code (PT)	--destination'
          '--start	premier jour à l’étranger	--start'
          '--end	dernier jour à l’étranger, compris	--end'
          '--months-received	mois d’AMI déjà perçus ; sans réponse : 0	--months-received'
          '--commune	la commune de ta famille, par son nom ou son code postal	--commune'
          '--rural	ta famille habite en zone rurale, ou non	--rural --no-rural'
          '--no-rural	non : Zone rurale	--rural --no-rural'
          '--priority-area	ta famille habite en quartier prioritaire (QPV), ou non	--priority-area --no-priority-area'
          '--no-priority-area	non : Quartier prioritaire	--priority-area --no-priority-area'
          '--erasmus	tu as ou demandes une bourse Erasmus+, ou non	--erasmus --no-erasmus'
          '--no-erasmus	non : Bourse Erasmus+	--erasmus --no-erasmus'
          '--erasmus-monthly	ta bourse Erasmus+ en euros par mois, pour le budget	--erasmus-monthly'
          '--merit	tu as ou demandes l’aide au mérite, ou non	--merit --no-merit'
          '--no-merit	non : Aide au mérite	--merit --no-merit'
          '--answers	réponses dans un fichier JSON (- : entrée standard) ; les options l’emportent ; un document par ligne en .jsonl	--answers'
          '--details	le résultat entier : raisons, textes officiels, budget, calendrier	--details'
          '--calendar	écris les dates à retenir dans un fichier .ics, pour ton agenda	--calendar'
          '--report	écris le résultat en une page à imprimer ou à garder : .html ou .md	--report'
          '--mail	écris le message au SRI, prêt à copier, dans un fichier .txt (- : sortie standard)	--mail'
          '--include-health	garde dans la page la réponse sur le handicap	--include-health'
          '--force	remplace le fichier s’il existe	--force'
          '--json	le résultat en JSON	--json'
          '--no-input	ne pose aucune question	--no-input'
          '--exit-code	code de sortie 10 (non) ou 11 (à compléter ou à vérifier)	--exit-code'
          '--help	montre cette aide	--help -h'
          '--lang	langue : fr ou en	--lang'
          '--plain	texte simple : ni cadre, ni couleur, ni redessin	--plain'
          '--color	couleurs : auto, always ou never	--color'
          '--quiet	n’écrit que le résultat et les erreurs	--quiet -q'
          '--today	calcule comme si on était ce jour-là	--today'
          '--debug	montre le détail d’une erreur interne	--debug'
          '--help	montre cette aide	--help -h'
        )
        ;;
      batch)
        rows=(
          '--output	où écrire ; sans elle, sur la sortie standard	--output -o'
          '--format	csv, jsonl, xlsx ou parquet ; sans elle, d’après le nom de la sortie	--format'
          '--map	relie une colonne à une réponse, ou l’écarte (COLONNE=-) ; à répéter	'
          '--only	ne garde que ces colonnes de l’entrée, séparées par des virgules	'
          '--encoding	encodage du CSV, s’il n’est pas reconnu	--encoding'
          '--sheet	feuille du classeur à lire, par son nom ou son rang	--sheet'
          '--header-row	ligne des noms de colonnes, si ce n’est pas celle qui est trouvée	--header-row'
          '--set	donne une réponse à toutes les lignes (--set establishment=public) ; à répéter	'
          '--profile	fichier TOML qui garde ces réglages d’un mois à l’autre	--profile'
          '--propose	écrit un profil d’après le fichier, sans juger : chaque supposition y est commentée	--propose'
          '--again	juge de nouveau un résultat corrigé : ses colonnes ami_… sont remplacées	--again'
          '--by	compte aussi par valeur d’une colonne (composante, pays…)	--by'
          '--pages	écrit une page par étudiant dans ce dossier, comme --report de ami check ; sans -o, rien d’autre	--pages'
          '--name-by	la colonne qui donne leur nom aux pages	--name-by'
          '--include-health	garde dans la page la réponse sur le handicap	--include-health'
          '--words	ajoute à chaque ligne son résultat en mots : ami_result, ami_why, ami_to_do	--words'
          '--force	remplace le fichier s’il existe	--force'
          '--raw	garde telles quelles les cellules qu’un tableur exécuterait	--raw'
          '--summary-json	écrit le résumé du lot en JSON (- : sortie standard)	--summary-json'
          '--template	écrit un fichier d’entrée vide à ce nom, et rien d’autre	--template'
          '--help	montre cette aide	--help -h'
          '--lang	langue : fr ou en	--lang'
          '--plain	texte simple : ni cadre, ni couleur, ni redessin	--plain'
          '--color	couleurs : auto, always ou never	--color'
          '--quiet	n’écrit que le résultat et les erreurs	--quiet -q'
          '--today	calcule comme si on était ce jour-là	--today'
          '--debug	montre le détail d’une erreur interne	--debug'
          '--help	montre cette aide	--help -h'
        )
        ;;
      rules)
        rows=(
          '--year	année universitaire, comme 2025-2026	--year'
          '--json	le résultat en JSON	--json'
          '--help	montre cette aide	--help -h'
          '--lang	langue : fr ou en	--lang'
          '--plain	texte simple : ni cadre, ni couleur, ni redessin	--plain'
          '--color	couleurs : auto, always ou never	--color'
          '--quiet	n’écrit que le résultat et les erreurs	--quiet -q'
          '--today	calcule comme si on était ce jour-là	--today'
          '--debug	montre le détail d’une erreur interne	--debug'
          '--help	montre cette aide	--help -h'
        )
        ;;
      schools)
        rows=(
          '--json	le résultat en JSON	--json'
          '--help	montre cette aide	--help -h'
          '--lang	langue : fr ou en	--lang'
          '--plain	texte simple : ni cadre, ni couleur, ni redessin	--plain'
          '--color	couleurs : auto, always ou never	--color'
          '--quiet	n’écrit que le résultat et les erreurs	--quiet -q'
          '--today	calcule comme si on était ce jour-là	--today'
          '--debug	montre le détail d’une erreur interne	--debug'
          '--help	montre cette aide	--help -h'
        )
        ;;
      schema)
        rows=(
          '--help	montre cette aide	--help -h'
          '--lang	langue : fr ou en	--lang'
          '--plain	texte simple : ni cadre, ni couleur, ni redessin	--plain'
          '--color	couleurs : auto, always ou never	--color'
          '--quiet	n’écrit que le résultat et les erreurs	--quiet -q'
          '--today	calcule comme si on était ce jour-là	--today'
          '--debug	montre le détail d’une erreur interne	--debug'
          '--help	montre cette aide	--help -h'
        )
        ;;
      completion)
        rows=(
          '--help	montre cette aide	--help -h'
          '--lang	langue : fr ou en	--lang'
          '--plain	texte simple : ni cadre, ni couleur, ni redessin	--plain'
          '--color	couleurs : auto, always ou never	--color'
          '--quiet	n’écrit que le résultat et les erreurs	--quiet -q'
          '--today	calcule comme si on était ce jour-là	--today'
          '--debug	montre le détail d’une erreur interne	--debug'
          '--help	montre cette aide	--help -h'
        )
        ;;
      help)
        rows=(
          '--help	montre cette aide	--help -h'
          '--lang	langue : fr ou en	--lang'
          '--plain	texte simple : ni cadre, ni couleur, ni redessin	--plain'
          '--color	couleurs : auto, always ou never	--color'
          '--quiet	n’écrit que le résultat et les erreurs	--quiet -q'
          '--today	calcule comme si on était ce jour-là	--today'
          '--debug	montre le détail d’une erreur interne	--debug'
          '--help	montre cette aide	--help -h'
        )
        ;;
      *)
        rows=(
          '--version	la version, et la dernière année connue des règles	--version'
          '--lang	langue : fr ou en	--lang'
          '--plain	texte simple : ni cadre, ni couleur, ni redessin	--plain'
          '--color	couleurs : auto, always ou never	--color'
          '--quiet	n’écrit que le résultat et les erreurs	--quiet -q'
          '--today	calcule comme si on était ce jour-là	--today'
          '--debug	montre le détail d’une erreur interne	--debug'
          '--help	montre cette aide	--help -h'
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
        'answers	les réponses d’un étudiant, comme --answers les lit	'
        'result	le résultat de ami check --json	'
      )
      _ami_offer
      ;;
    completion)
      rows=(
        'bash	Linux, et macOS d’avant 2019	'
        'zsh	macOS	'
        'fish	fish 3 ou plus récent	'
        'powershell	Windows, PowerShell 5.1 ou plus récent	'
      )
      _ami_offer
      ;;
    help)
      rows=(
        'check	Découvre si tu peux recevoir l’AMI.	'
        'batch	Juge tout un fichier d’étudiants.	'
        'rules	Les conditions et les chiffres en vigueur, avec leurs sources.	'
        'schools	Cherche un établissement dans le registre du ministère.	'
        'schema	Le schéma JSON des réponses et du résultat.	'
        'completion	Complète les commandes avec la touche Tab.	'
      )
      _ami_offer
      ;;
    *)
      rows=(
        'check	Découvre si tu peux recevoir l’AMI.	'
        'batch	Juge tout un fichier d’étudiants.	'
        'rules	Les conditions et les chiffres en vigueur, avec leurs sources.	'
        'schools	Cherche un établissement dans le registre du ministère.	'
        'schema	Le schéma JSON des réponses et du résultat.	'
        'completion	Complète les commandes avec la touche Tab.	'
        'help	L’aide du programme ou d’une commande.	'
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
