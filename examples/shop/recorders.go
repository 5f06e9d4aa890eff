package main

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"

	"github.com/sojourn-go/sojourn/analytics"
	"github.com/sojourn-go/sojourn/analytics/sqlite"
)

// openRecorders returns the warehouse that reports ask, a recorder of events for
// it and for the -events flag, and how to close them.
func openRecorders(o options, stdout io.Writer, log *slog.Logger) (*sqlite.Warehouse, analytics.Recorder, func() error, error) {
	warehouse, err := openWarehouse(o.warehouse, sqlite.Options{Price: priceOf, Logger: log})
	if err != nil {
		return nil, nil, nil, err
	}
	members := analytics.Fanout{"warehouse": warehouse}
	closeLines := nothing
	switch o.events {
	case "":
	case "-":
		members["lines"] = analytics.NewJSONLines(stdout)
	default:
		f, err := os.OpenFile(o.events, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
		if err != nil {
			return nil, nil, nil, errors.Join(fmt.Errorf("-events: %w", err), warehouse.Close())
		}
		members["lines"], closeLines = analytics.NewJSONLines(f), f.Close
	}
	return warehouse, members, func() error { return errors.Join(closeLines(), warehouse.Close()) }, nil
}

// openWarehouse opens the file of the -analytics flag; "" is memory.
func openWarehouse(path string, o sqlite.Options) (*sqlite.Warehouse, error) {
	if path != "" {
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			return nil, fmt.Errorf("-analytics: %w", err)
		}
	}
	warehouse, err := sqlite.Open(path, o)
	if err != nil {
		return nil, fmt.Errorf("-analytics: %w", err)
	}
	return warehouse, nil
}

// currency is what the shop sells in.
const currency = "EUR"

// priceOf tells the warehouse what is in a cart that was left.
func priceOf(sku string) (value int64, code string, ok bool) {
	t, ok := findTea(sku)
	return t.Cents, currency, ok
}
