"""Django: start-up, inspectdb, introspection, migration checks, the ORM with server-side cursors."""

import io
import os
import sys
import warnings

import django
from django.conf import settings

warnings.simplefilter("ignore")
e = os.environ
settings.configure(
    DATABASES={
        "default": {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": e["PGDATABASE"],
            "USER": e["PGUSER"],
            "PASSWORD": e["PGPASSWORD"],
            "HOST": e["PGHOST"],
            "PORT": e["PGPORT"],
            "CONN_HEALTH_CHECKS": True,
        }
    },
    INSTALLED_APPS=["django.contrib.contenttypes", "django.contrib.auth", "django.contrib.postgres"],
    DEFAULT_AUTO_FIELD="django.db.models.AutoField",
    USE_TZ=True,
)
django.setup()

from django.contrib.postgres.fields import ArrayField
from django.core.management import call_command
from django.db import Error, connection, models, transaction
from django.db.models import Avg, Count, F


class Owner(models.Model):
    name = models.TextField()

    class Meta:
        managed = False
        app_label = "shop"
        db_table = "owners"


class Thing(models.Model):
    owner = models.ForeignKey(Owner, models.CASCADE)
    name = models.CharField(max_length=40)
    price = models.DecimalField(max_digits=10, decimal_places=2)
    tags = ArrayField(models.TextField())
    data = models.JSONField()
    seen_at = models.DateTimeField()

    class Meta:
        managed = False
        app_label = "shop"
        db_table = "things"


class Tally(models.Model):
    name = models.TextField(primary_key=True)
    n = models.IntegerField()

    class Meta:
        managed = False
        app_label = "shop"
        db_table = "tallies"


def show(step, value):
    print(step, repr(value), flush=True)


def output(command, *parameters, **options):
    text = io.StringIO()
    call_command(command, *parameters, stdout=text, **options)
    return text.getvalue()


def reads():
    show("inspectdb", output("inspectdb", include_views=True, include_partitions=True))
    show("check", output("check", databases=["default"]))
    show("migrations", output("showmigrations"))
    show("plan", output("migrate", plan=True))
    introspection = connection.introspection
    with connection.cursor() as cursor:
        for table in introspection.table_names(cursor):
            show(table, introspection.get_table_description(cursor, table))
            show("constraints", introspection.get_constraints(cursor, table))
            show("relations", introspection.get_relations(cursor, table))
            show("sequences", introspection.get_sequences(cursor, table))
    show("server", connection.pg_version > 0)
    show("rows", list(Thing.objects.select_related("owner").order_by("id").values_list("id", "owner__name", "tags", "data", "seen_at")[:3]))
    show("filters", list(Thing.objects.filter(tags__contains=["a"], data__n__gt=45).order_by("id").values_list("id", flat=True)))
    show("sums", list(Thing.objects.values("owner__name").annotate(count=Count("id"), mean=Avg("price")).order_by("owner__name")))
    show("iterator", sum(1 for _ in Thing.objects.order_by("id").iterator(chunk_size=7)))
    show("explain", "Scan" in Thing.objects.all().explain())
    show("exists", Thing.objects.filter(name="thing 3").exists())
    with transaction.atomic():
        show("count", Thing.objects.count())
        try:
            with transaction.atomic():
                with connection.cursor() as cursor:
                    cursor.execute("select nothing from nowhere")
        except Error:
            show("error", "in a savepoint")
        show("after", Owner.objects.count())


def writes():
    one = lambda name: Tally.objects.filter(name=name).update(n=F("n") + 1)
    show("held", one("single"))
    with transaction.atomic():
        one("transaction")
    with transaction.atomic():
        one("rolled back")
        transaction.set_rollback(True)
    one("batch")
    one("batch")
    try:
        with connection.cursor() as cursor:
            cursor.execute("drop table tallies")
    except Error as error:
        show("denied", error.__cause__.sqlstate)
    show("after", Tally.objects.get(name="single").n)


reads() if sys.argv[1] == "reads" else writes()
