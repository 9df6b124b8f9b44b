# The public names for type checkers: at run time each is imported when it is asked for.
import pyarrow as pa

from ami_cli.answers import Answers as Answers
from ami_cli.batch.frames import RESULT_DDL as RESULT_DDL
from ami_cli.batch.frames import assess_batches as assess_batches
from ami_cli.batch.frames import assess_frame as assess_frame
from ami_cli.batch.frames import doubted_columns as doubted_columns
from ami_cli.failures import InvalidAnswers as InvalidAnswers
from ami_cli.rules.assess import Assessment as Assessment
from ami_cli.rules.assess import assess as assess
from ami_cli.views.result import report as report

RESULT_SCHEMA: pa.Schema
__all__: list[str]
__version__: str
