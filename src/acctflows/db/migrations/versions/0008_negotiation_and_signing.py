"""Documents are negotiated, signed by several, on paper or elsewhere, and sealed."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_MOMENT = sa.DateTime(timezone=True)

_STATES = ("draft", "in_approval", "rework", "rejected", "approved", "sent", "accepted", "declined")
_OUTCOMES = ("accepted", "declined")
_MEANS = ("link", "code", "paper", "signed_pdf")


def _enum(name: str, *values: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=40)


def upgrade() -> None:
    _states("objected", "superseded", "withdrawn")
    op.add_column(
        "access_link",
        sa.Column("asks_code", sa.Boolean(), nullable=False, server_default=sa.false()),
    )
    with op.batch_alter_table("client_decision") as batch:
        batch.drop_constraint(op.f("ck_client_decision_outcome_values"), type_="check")
        batch.create_check_constraint(
            op.f("ck_client_decision_outcome_values"), _one_of("outcome", *_OUTCOMES, "objected")
        )
        batch.alter_column("link_id", existing_type=sa.BigInteger(), nullable=True)
        batch.add_column(
            sa.Column(
                "means", _enum("means_values", *_MEANS), nullable=False, server_default="link"
            )
        )
    _objections()
    _signers()
    _files()


def _states(*more: str) -> None:
    with op.batch_alter_table("document_version") as batch:
        batch.drop_constraint(op.f("ck_document_version_versionstate_values"), type_="check")
        batch.create_check_constraint(
            op.f("ck_document_version_versionstate_values"), _one_of("state", *_STATES, *more)
        )


def _one_of(column: str, *values: str) -> str:
    return f"{column} IN ({', '.join(repr(value) for value in values)})"


def _objections() -> None:
    op.create_table(
        "objection",
        sa.Column("id", _ID, nullable=False),
        sa.Column("decision_id", _ID, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(40), nullable=False),
        sa.Column("heading", sa.String(400), nullable=False),
        sa.Column("original", sa.String(), nullable=False),
        sa.Column("proposal", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("reply", _enum("reply_values", "accept", "counter", "explain"), nullable=True),
        sa.Column("reply_text", sa.String(), nullable=False),
        sa.Column("replied_by", sa.String(200), nullable=False),
        sa.Column("replied_at", _MOMENT, nullable=True),
        sa.ForeignKeyConstraint(
            ["decision_id"], ["client_decision.id"], name=op.f("fk_objection_decision_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_objection")),
        sa.UniqueConstraint(
            "decision_id", "position", name=op.f("uq_objection_decision_id_position")
        ),
    )
    op.create_index(op.f("ix_objection_decision_id"), "objection", ["decision_id"])
    op.create_table(
        "clause_variant",
        sa.Column("id", _ID, nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("language", sa.String(2), nullable=False),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("heading", sa.String(400), nullable=False),
        sa.Column("original", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("objection_id", _ID, nullable=False),
        sa.Column("kept_by", sa.String(200), nullable=False),
        sa.Column("kept_at", _MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["objection_id"], ["objection.id"], name=op.f("fk_clause_variant_objection_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_clause_variant")),
        sa.UniqueConstraint(
            "kind", "language", "name", name=op.f("uq_clause_variant_kind_language_name")
        ),
    )


def _signers() -> None:
    op.create_table(
        "signer_consent",
        sa.Column("id", _ID, nullable=False),
        sa.Column("version_id", _ID, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("link_id", _ID, nullable=False),
        sa.Column("means", _enum("means_values", *_MEANS), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("function", sa.String(200), nullable=False),
        sa.Column("consent_text", sa.String(), nullable=False),
        sa.Column("consent_language", sa.String(2), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("ip", sa.String(45), nullable=False),
        sa.Column("user_agent", sa.String(400), nullable=False),
        sa.Column("given_at", _MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["link_id"], ["access_link.id"], name=op.f("fk_signer_consent_link_id")
        ),
        sa.ForeignKeyConstraint(
            ["version_id"], ["document_version.id"], name=op.f("fk_signer_consent_version_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_signer_consent")),
        sa.UniqueConstraint("link_id", name=op.f("uq_signer_consent_link_id")),
        sa.UniqueConstraint(
            "version_id", "position", name=op.f("uq_signer_consent_version_id_position")
        ),
    )
    op.create_table(
        "mail_code",
        sa.Column("id", _ID, nullable=False),
        sa.Column("link_id", _ID, nullable=False),
        sa.Column("code_sha256", sa.String(64), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("asked_at", _MOMENT, nullable=False),
        sa.Column("expires_at", _MOMENT, nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("used_at", _MOMENT, nullable=True),
        sa.ForeignKeyConstraint(["link_id"], ["access_link.id"], name=op.f("fk_mail_code_link_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mail_code")),
    )
    op.create_index(op.f("ix_mail_code_link_id"), "mail_code", ["link_id"])


def _files() -> None:
    op.create_table(
        "sealed_file",
        sa.Column("version_id", _ID, nullable=False),
        sa.Column("path", sa.String(400), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("certificate_sha256", sa.String(64), nullable=False),
        sa.Column("timestamped", sa.Boolean(), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("sealed_at", _MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["version_id"], ["document_version.id"], name=op.f("fk_sealed_file_version_id")
        ),
        sa.PrimaryKeyConstraint("version_id", name=op.f("pk_sealed_file")),
        sa.UniqueConstraint("sha256", name=op.f("uq_sealed_file_sha256")),
    )
    op.create_table(
        "proof",
        sa.Column("id", _ID, nullable=False),
        sa.Column("decision_id", _ID, nullable=False),
        sa.Column("kind", _enum("proofkind_values", "scan", "signed_pdf"), nullable=False),
        sa.Column("path", sa.String(400), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("findings", sa.JSON(), nullable=False),
        sa.Column("added_by", sa.String(200), nullable=False),
        sa.Column("added_at", _MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["decision_id"], ["client_decision.id"], name=op.f("fk_proof_decision_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_proof")),
        sa.UniqueConstraint("decision_id", name=op.f("uq_proof_decision_id")),
    )


def downgrade() -> None:
    for table in (
        "proof", "sealed_file", "mail_code", "signer_consent", "clause_variant", "objection",
    ):  # fmt: skip
        op.drop_table(table)
    op.drop_column("access_link", "asks_code")
    with op.batch_alter_table("client_decision") as batch:
        batch.drop_constraint(op.f("ck_client_decision_means_values"), type_="check")
        batch.drop_column("means")
        batch.drop_constraint(op.f("ck_client_decision_outcome_values"), type_="check")
        batch.create_check_constraint(
            op.f("ck_client_decision_outcome_values"), _one_of("outcome", *_OUTCOMES)
        )
        batch.alter_column("link_id", existing_type=sa.BigInteger(), nullable=False)
    _states("superseded")
