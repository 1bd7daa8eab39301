from django.db import migrations
import pgvector.django


class Migration(migrations.Migration):
    dependencies = [("questions", "0004_own_questions_search_collections")]

    operations = [
        migrations.AddField(
            model_name="questionvector",
            name="lexical",
            field=pgvector.django.SparseVectorField(
                dimensions=1048576, help_text="For search: its words, as BM25 weighs them.", null=True
            ),
        ),
    ]
