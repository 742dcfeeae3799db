"""Invoices, bank statements, payments, holds and promises, letters to clients who owe."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _values(name: str, *values: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=40)


def upgrade() -> None:
    op.create_table(
        "bank_file",
        sa.Column("id", _ID, nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("taken_by", sa.String(length=200), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bank_file")),
        sa.UniqueConstraint("sha256", name=op.f("uq_bank_file_sha256")),
    )
    op.create_table(
        "bank_statement",
        sa.Column("id", _ID, nullable=False),
        sa.Column("file_id", _ID, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("format", sa.String(length=20), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("account", sa.String(length=40), nullable=False),
        sa.Column("number", sa.String(length=80), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=True),
        sa.Column("to_on", sa.Date(), nullable=True),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("opening_minor", _ID, nullable=True),
        sa.Column("closing_minor", _ID, nullable=True),
        sa.Column("warnings", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["file_id"], ["bank_file.id"], name=op.f("fk_bank_statement_file_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bank_statement")),
        sa.UniqueConstraint("file_id", "position", name=op.f("uq_bank_statement_file_id_position")),
    )
    op.create_index(op.f("ix_bank_statement_account_to_on"), "bank_statement", ["account", "to_on"])

    op.create_table(
        "bank_line",
        sa.Column("id", _ID, nullable=False),
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("statement_id", _ID, nullable=False),
        sa.Column("booked_on", sa.Date(), nullable=False),
        sa.Column("value_on", sa.Date(), nullable=True),
        sa.Column("amount_minor", _ID, nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("counterparty", sa.String(), nullable=False),
        sa.Column("counterparty_iban", sa.String(length=34), nullable=False),
        sa.Column("remittance", sa.String(), nullable=False),
        sa.Column("creditor_reference", sa.String(length=80), nullable=False),
        sa.Column("end_to_end_id", sa.String(length=80), nullable=False),
        sa.Column("bank_reference", sa.String(length=80), nullable=False),
        sa.Column("reversal", sa.Boolean(), nullable=False),
        sa.Column(
            "state",
            _values("linestate_values", "new", "open", "proposed", "booked", "left"),
            nullable=False,
        ),
        sa.Column("match", sa.JSON(), nullable=False),
        sa.Column("settled_by", sa.String(length=200), nullable=False),
        sa.Column("settled_because", sa.String(), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["statement_id"], ["bank_statement.id"], name=op.f("fk_bank_line_statement_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bank_line")),
        sa.UniqueConstraint("key", name=op.f("uq_bank_line_key")),
    )
    op.create_index(op.f("ix_bank_line_booked_on"), "bank_line", ["booked_on"])
    op.create_index(op.f("ix_bank_line_counterparty_iban"), "bank_line", ["counterparty_iban"])
    op.create_index(op.f("ix_bank_line_end_to_end_id"), "bank_line", ["end_to_end_id"])
    op.create_index(op.f("ix_bank_line_state"), "bank_line", ["state"])
    op.create_index(op.f("ix_bank_line_statement_id"), "bank_line", ["statement_id"])

    op.create_table(
        "recurring_fee",
        sa.Column("id", _ID, nullable=False),
        sa.Column("reference", sa.String(length=80), nullable=False),
        sa.Column("project_id", _ID, nullable=False),
        sa.Column("service_id", _ID, nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.Column("unit_price_minor", _ID, nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("months", sa.Integer(), nullable=False),
        sa.Column("in_advance", sa.Boolean(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("months in (1, 3, 6, 12)", name=op.f("ck_recurring_fee_months")),
        sa.ForeignKeyConstraint(
            ["project_id"], ["project.id"], name=op.f("fk_recurring_fee_project_id")
        ),
        sa.ForeignKeyConstraint(
            ["service_id"], ["service.id"], name=op.f("fk_recurring_fee_service_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recurring_fee")),
        sa.UniqueConstraint("reference", name=op.f("uq_recurring_fee_reference")),
    )
    op.create_index(op.f("ix_recurring_fee_project_id"), "recurring_fee", ["project_id"])

    op.create_table(
        "dunning_letter",
        sa.Column("id", _ID, nullable=False),
        sa.Column("document_id", _ID, nullable=False),
        sa.Column("client_id", _ID, nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("decided_on", sa.Date(), nullable=False),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("pay_by", sa.Date(), nullable=True),
        sa.Column("to_pay_minor", _ID, nullable=False),
        sa.Column(
            "state", _values("letterstate_values", "decided", "queued", "dropped"), nullable=False
        ),
        sa.Column("mail_id", _ID, nullable=True),
        sa.Column("sent_on", sa.Date(), nullable=True),
        sa.Column("dropped_because", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["client_id"], ["client.id"], name=op.f("fk_dunning_letter_client_id")
        ),
        sa.ForeignKeyConstraint(
            ["document_id"], ["document.id"], name=op.f("fk_dunning_letter_document_id")
        ),
        sa.ForeignKeyConstraint(
            ["mail_id"], ["outbox_mail.id"], name=op.f("fk_dunning_letter_mail_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dunning_letter")),
        sa.UniqueConstraint(
            "client_id",
            "currency",
            "decided_on",
            name=op.f("uq_dunning_letter_client_id_currency_decided_on"),
        ),
        sa.UniqueConstraint("document_id", name=op.f("uq_dunning_letter_document_id")),
        sa.UniqueConstraint("mail_id", name=op.f("uq_dunning_letter_mail_id")),
    )
    op.create_index(op.f("ix_dunning_letter_state"), "dunning_letter", ["state"])

    op.create_table(
        "invoice",
        sa.Column("id", _ID, nullable=False),
        sa.Column("document_id", _ID, nullable=False),
        sa.Column("client_id", _ID, nullable=False),
        sa.Column("act_id", _ID, nullable=True),
        sa.Column("fee_id", _ID, nullable=True),
        sa.Column("period_from", sa.Date(), nullable=True),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("gross_minor", _ID, nullable=False),
        sa.Column("open_minor", _ID, nullable=False),
        sa.Column("issued_on", sa.Date(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("rf_reference", sa.String(length=25), nullable=False),
        sa.Column("discount_minor", _ID, nullable=False),
        sa.Column("discount_until", sa.Date(), nullable=True),
        sa.Column("sent_on", sa.Date(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["act_id"], ["document.id"], name=op.f("fk_invoice_act_id")),
        sa.ForeignKeyConstraint(["client_id"], ["client.id"], name=op.f("fk_invoice_client_id")),
        sa.ForeignKeyConstraint(
            ["document_id"], ["document.id"], name=op.f("fk_invoice_document_id")
        ),
        sa.ForeignKeyConstraint(["fee_id"], ["recurring_fee.id"], name=op.f("fk_invoice_fee_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invoice")),
        sa.UniqueConstraint("act_id", name=op.f("uq_invoice_act_id")),
        sa.UniqueConstraint("document_id", name=op.f("uq_invoice_document_id")),
        sa.UniqueConstraint("fee_id", "period_from", name=op.f("uq_invoice_fee_id_period_from")),
    )
    op.create_index(op.f("ix_invoice_client"), "invoice", ["client_id", "issued_on"])
    op.create_index(
        op.f("ix_invoice_unsent"),
        "invoice",
        ["client_id"],
        sqlite_where=sa.text("sent_on is null"),
        postgresql_where=sa.text("sent_on is null"),
    )
    op.create_table(
        "uncharged_act",
        sa.Column("id", _ID, nullable=False),
        sa.Column("act_id", _ID, nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["act_id"], ["document.id"], name=op.f("fk_uncharged_act_act_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_uncharged_act")),
        sa.UniqueConstraint("act_id", name=op.f("uq_uncharged_act_act_id")),
    )
    op.create_index(
        op.f("ix_invoice_open"),
        "invoice",
        ["due_on", "client_id"],
        sqlite_where=sa.text("open_minor <> 0"),
        postgresql_where=sa.text("open_minor <> 0"),
    )
    op.create_index(op.f("ix_invoice_rf_reference"), "invoice", ["rf_reference"])

    op.create_table(
        "payment",
        sa.Column("id", _ID, nullable=False),
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("client_id", _ID, nullable=False),
        sa.Column("bank_line_id", _ID, nullable=True),
        sa.Column("reversal_of_id", _ID, nullable=True),
        sa.Column("received_on", sa.Date(), nullable=False),
        sa.Column("amount_minor", _ID, nullable=False),
        sa.Column("left_minor", _ID, nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("reference", sa.String(), nullable=False),
        sa.Column("booked_by", sa.String(length=200), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["bank_line_id"], ["bank_line.id"], name=op.f("fk_payment_bank_line_id")
        ),
        sa.ForeignKeyConstraint(["client_id"], ["client.id"], name=op.f("fk_payment_client_id")),
        sa.ForeignKeyConstraint(
            ["reversal_of_id"], ["payment.id"], name=op.f("fk_payment_reversal_of_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payment")),
        sa.UniqueConstraint("key", name=op.f("uq_payment_key")),
        sa.UniqueConstraint("reversal_of_id", name=op.f("uq_payment_reversal_of_id")),
    )
    op.create_index(op.f("ix_payment_bank_line_id"), "payment", ["bank_line_id"])
    op.create_index(op.f("ix_payment_client_id"), "payment", ["client_id"])
    op.create_index(
        op.f("ix_payment_credit"),
        "payment",
        ["client_id"],
        sqlite_where=sa.text("left_minor > 0"),
        postgresql_where=sa.text("left_minor > 0"),
    )

    op.create_table(
        "allocation",
        sa.Column("id", _ID, nullable=False),
        sa.Column("payment_id", _ID, nullable=False),
        sa.Column("invoice_id", _ID, nullable=False),
        sa.Column("amount_minor", _ID, nullable=False),
        sa.Column("discount_minor", _ID, nullable=False),
        sa.Column("counts_on", sa.Date(), nullable=False),
        sa.Column("rule", sa.String(length=40), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["invoice_id"], ["invoice.id"], name=op.f("fk_allocation_invoice_id")
        ),
        sa.ForeignKeyConstraint(
            ["payment_id"], ["payment.id"], name=op.f("fk_allocation_payment_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_allocation")),
    )
    op.create_index(op.f("ix_allocation_invoice_id"), "allocation", ["invoice_id"])
    op.create_index(op.f("ix_allocation_payment_id"), "allocation", ["payment_id"])

    op.create_table(
        "dunning_line",
        sa.Column("id", _ID, nullable=False),
        sa.Column("letter_id", _ID, nullable=False),
        sa.Column("invoice_id", _ID, nullable=False),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("step", sa.Integer(), nullable=True),
        sa.Column("amount_minor", _ID, nullable=False),
        sa.ForeignKeyConstraint(
            ["invoice_id"], ["invoice.id"], name=op.f("fk_dunning_line_invoice_id")
        ),
        sa.ForeignKeyConstraint(
            ["letter_id"], ["dunning_letter.id"], name=op.f("fk_dunning_line_letter_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dunning_line")),
        sa.UniqueConstraint("invoice_id", "step", name=op.f("uq_dunning_line_invoice_id_step")),
        sa.UniqueConstraint(
            "letter_id", "invoice_id", name=op.f("uq_dunning_line_letter_id_invoice_id")
        ),
    )
    op.create_table(
        "payment_promise",
        sa.Column("id", _ID, nullable=False),
        sa.Column("invoice_id", _ID, nullable=False),
        sa.Column("given_on", sa.Date(), nullable=False),
        sa.Column("pay_by", sa.Date(), nullable=False),
        sa.Column("amount_minor", _ID, nullable=True),
        sa.Column("open_when_given_minor", _ID, nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("set_by", sa.String(length=200), nullable=False),
        sa.Column("withdrawn_by", sa.String(length=200), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["invoice_id"], ["invoice.id"], name=op.f("fk_payment_promise_invoice_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payment_promise")),
    )
    op.create_index(op.f("ix_payment_promise_invoice_id"), "payment_promise", ["invoice_id"])

    op.create_table(
        "payment_stop",
        sa.Column("id", _ID, nullable=False),
        sa.Column("client_id", _ID, nullable=False),
        sa.Column("invoice_id", _ID, nullable=True),
        sa.Column("kind", _values("stopkind_values", "hold", "dispute"), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("set_by", sa.String(length=200), nullable=False),
        sa.Column("lifted_by", sa.String(length=200), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["client_id"], ["client.id"], name=op.f("fk_payment_stop_client_id")
        ),
        sa.ForeignKeyConstraint(
            ["invoice_id"], ["invoice.id"], name=op.f("fk_payment_stop_invoice_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payment_stop")),
    )
    op.create_index(op.f("ix_payment_stop_client_id"), "payment_stop", ["client_id"])
    op.create_index(op.f("ix_payment_stop_invoice_id"), "payment_stop", ["invoice_id"])


def downgrade() -> None:
    op.drop_index(op.f("ix_payment_stop_invoice_id"), "payment_stop")
    op.drop_index(op.f("ix_payment_stop_client_id"), "payment_stop")

    op.drop_table("payment_stop")
    op.drop_index(op.f("ix_payment_promise_invoice_id"), "payment_promise")

    op.drop_table("payment_promise")
    op.drop_table("dunning_line")
    op.drop_index(op.f("ix_allocation_payment_id"), "allocation")
    op.drop_index(op.f("ix_allocation_invoice_id"), "allocation")

    op.drop_table("allocation")
    op.drop_index(op.f("ix_payment_credit"), "payment")
    op.drop_index(op.f("ix_payment_client_id"), "payment")
    op.drop_index(op.f("ix_payment_bank_line_id"), "payment")

    op.drop_table("payment")
    op.drop_table("uncharged_act")
    op.drop_index(op.f("ix_invoice_unsent"), "invoice")
    op.drop_index(op.f("ix_invoice_rf_reference"), "invoice")
    op.drop_index(op.f("ix_invoice_open"), "invoice")
    op.drop_index(op.f("ix_invoice_client"), "invoice")

    op.drop_table("invoice")
    op.drop_index(op.f("ix_dunning_letter_state"), "dunning_letter")

    op.drop_table("dunning_letter")
    op.drop_index(op.f("ix_recurring_fee_project_id"), "recurring_fee")

    op.drop_table("recurring_fee")
    op.drop_index(op.f("ix_bank_line_statement_id"), "bank_line")
    op.drop_index(op.f("ix_bank_line_state"), "bank_line")
    op.drop_index(op.f("ix_bank_line_end_to_end_id"), "bank_line")
    op.drop_index(op.f("ix_bank_line_counterparty_iban"), "bank_line")
    op.drop_index(op.f("ix_bank_line_booked_on"), "bank_line")

    op.drop_table("bank_line")
    op.drop_index(op.f("ix_bank_statement_account_to_on"), "bank_statement")

    op.drop_table("bank_statement")
    op.drop_table("bank_file")
