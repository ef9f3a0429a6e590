"""`manage.py seed`: the demo."""

from django.core.management.base import BaseCommand

from config import demo


class Command(BaseCommand):
    help = "Fill the database with the demo: the programme of Hi~AI, its people, teams and prizes."

    def add_arguments(self, parser):
        parser.add_argument("--if-empty", action="store_true", help="do nothing when an event is there already")

    def handle(self, *args, if_empty=False, **options):
        if if_empty and demo.is_there():
            return
        demo.seed()
        self.stdout.write("The demo is set up.")
