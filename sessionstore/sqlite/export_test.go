package sqlite

import (
	"context"
	"database/sql/driver"
)

// SetFault has calls of the writer's connection fail where f says so. It must
// let ROLLBACK pass.
func (s *Store) SetFault(f func(query string) error) error {
	return s.do(context.Background(), func(b *batch) error {
		b.fault = f
		return nil
	})
}

// Exec runs a statement on the writer's connection.
func (s *Store) Exec(query string) error {
	return s.do(context.Background(), func(b *batch) error {
		return b.query(context.Background(), query, func([]driver.Value) (bool, error) { return true, nil })
	})
}
