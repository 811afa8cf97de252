// pgx in its modes of execution, its pool and its batches, and lib/pq through database/sql.
package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgtype"
	"github.com/jackc/pgx/v5/pgxpool"
	_ "github.com/jackc/pgx/v5/stdlib"
	_ "github.com/lib/pq"
)

var background = context.Background()

func must[T any](value T, err error) T {
	if err != nil {
		fmt.Println("failed:", err)
		os.Exit(1)
	}
	return value
}

func show(step string, value any) { fmt.Printf("%s %v\n", step, value) }

func state(err error) string {
	var refused *pgconn.PgError
	if errors.As(err, &refused) {
		return refused.Code
	}
	return fmt.Sprint(err)
}

func connect(mode pgx.QueryExecMode) *pgx.Conn {
	config := must(pgx.ParseConfig(""))
	config.DefaultQueryExecMode = mode
	return must(pgx.ConnectConfig(background, config))
}

const things = "select id, name, tags, data, seen_at, code, big, ratio, price from things where id = $1"

func reads() {
	modes := []pgx.QueryExecMode{
		pgx.QueryExecModeCacheStatement, pgx.QueryExecModeCacheDescribe, pgx.QueryExecModeDescribeExec,
		pgx.QueryExecModeExec, pgx.QueryExecModeSimpleProtocol,
	}
	for _, mode := range modes {
		c := connect(mode)
		for number := 1; number < 4; number++ {
			rows := must(c.Query(background, things, number))
			show(mode.String(), must(pgx.CollectRows(rows, pgx.RowToMap)))
		}
		_, err := c.Exec(background, "select nothing from nowhere")
		show("error", state(err))
		batch := &pgx.Batch{}
		for number := 0; number < 5; number++ {
			batch.Queue("select $1::int", number)
		}
		results := c.SendBatch(background, batch)
		for range 5 {
			var number int
			must(0, results.QueryRow().Scan(&number))
			show("batch", number)
		}
		must(0, results.Close())
		tx := must(c.BeginTx(background, pgx.TxOptions{AccessMode: pgx.ReadOnly, IsoLevel: pgx.RepeatableRead}))
		var count int
		must(0, tx.QueryRow(background, "select count(*) from things").Scan(&count))
		inner := must(tx.Begin(background))
		_, err = inner.Exec(background, "select 1 / 0")
		show("error in a savepoint", state(err))
		must(0, inner.Rollback(background))
		must(0, tx.Commit(background))
		show("transaction", count)
		must(0, c.Ping(background))
		must(0, c.Close(background))
	}
	c := connect(pgx.QueryExecModeCacheStatement)
	for _, name := range []string{"mood", "_mood", "positive", "place", "owners"} {
		loaded := must(c.LoadType(background, name))
		c.TypeMap().RegisterType(loaded)
		show(name, loaded.Name)
	}
	loaded := must(c.LoadTypes(background, []string{"mood", "place", "positive", "things"}))
	c.TypeMap().RegisterTypes(loaded)
	show("types", len(loaded))
	var place struct {
		City string
		Zip  int
	}
	var mood string
	must(0, c.QueryRow(background, "select place, mood from things join owners on owner_id = owners.id where things.id = 3").Scan(&place, &mood))
	show("composite", place)
	show("enum", mood)
	statement := must(c.Prepare(background, "named", "select name from things where id = $1"))
	show("described", []any{statement.ParamOIDs, len(statement.Fields)})
	var name string
	for number := 1; number < 4; number++ {
		must(0, c.QueryRow(background, "named", number).Scan(&name))
		show("named", name)
	}
	must(0, c.Deallocate(background, "named"))
	must(c.Exec(background, "listen news"))
	must(c.PgConn().CopyTo(background, os.Stdout, "copy (select id, name from things order by id limit 3) to stdout"))
	pipeline := c.PgConn().StartPipeline(background)
	pipeline.SendPrepare("piped", "select 1 / $1::int", nil)
	pipeline.SendQueryPrepared("piped", [][]byte{[]byte("1")}, nil, nil)
	must(0, pipeline.Sync())
	pipeline.SendQueryPrepared("piped", [][]byte{[]byte("0")}, nil, nil)
	pipeline.SendQueryPrepared("piped", [][]byte{[]byte("1")}, nil, nil)
	must(0, pipeline.Sync())
	for range 8 {
		got, err := pipeline.GetResults()
		if err != nil {
			show("pipeline", state(err))
			continue
		}
		if reader, ok := got.(*pgconn.ResultReader); ok {
			result := reader.Read()
			show("pipeline rows", []any{len(result.Rows), state(result.Err)})
		} else {
			show("pipeline", fmt.Sprintf("%T", got))
		}
	}
	_ = pipeline.Close()
	must(0, c.Close(background))
	pool := must(pgxpool.New(background, ""))
	var codes []pgtype.UUID
	rows := must(pool.Query(background, "select code from things order by id limit 2"))
	codes = must(pgx.CollectRows(rows, pgx.RowTo[pgtype.UUID]))
	show("pool", len(codes))
	pool.Close()
	for _, driver := range []string{"pgx", "postgres"} {
		database := must(sql.Open(driver, os.Getenv("GO_SQL_URL")))
		var number int
		must(0, database.QueryRow("select id from things where name = $1", "thing 4").Scan(&number))
		prepared := must(database.Prepare("select count(*) from things where id < $1"))
		must(0, prepared.QueryRow(9).Scan(&number))
		show(driver, number)
		must(0, prepared.Close())
		tx := must(database.BeginTx(background, &sql.TxOptions{ReadOnly: true}))
		must(0, tx.QueryRow("select count(*) from owners").Scan(&number))
		must(0, tx.Rollback())
		show("read only", number)
		must(0, database.Ping())
		must(0, database.Close())
	}
}

func writes() {
	c := connect(pgx.QueryExecModeCacheStatement)
	update := "update tallies set n = n + 1 where name = $1"
	show("held", must(c.Exec(background, update, "single")).RowsAffected())
	tx := must(c.Begin(background))
	must(tx.Exec(background, update, "transaction"))
	must(0, tx.Commit(background))
	tx = must(c.Begin(background))
	must(tx.Exec(background, update, "rolled back"))
	must(0, tx.Rollback(background))
	batch := &pgx.Batch{}
	batch.Queue(update, "batch")
	batch.Queue(update, "batch")
	must(0, c.SendBatch(background, batch).Close())
	day := func(number int) time.Time { return time.Date(2026, 1, number, 0, 0, 0, 0, time.UTC) }
	rows := [][]any{{1, "one", day(2)}, {2, nil, day(3)}, {3, "a\ttab", day(4)}}
	show("copied", must(c.CopyFrom(background, pgx.Identifier{"copied"}, []string{"id", "name", "at"}, pgx.CopyFromRows(rows))))
	_, err := c.Exec(background, "drop table tallies")
	show("denied", state(err))
	var n int
	must(0, c.QueryRow(background, "select n from tallies where name = $1", "single").Scan(&n))
	show("after", n)
	must(0, c.Close(background))
}

func main() {
	if os.Args[1] == "reads" {
		reads()
	} else {
		writes()
	}
}
