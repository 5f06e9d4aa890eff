package sqlite

import (
	"cmp"
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"sync"

	"github.com/sojourn-go/sojourn/analytics/internal/columns"
)

// between returns the hours from one on and before another.
func (s *state) between(from, to int64) []hourVersion {
	begin, _ := slices.BinarySearchFunc(s.hours, from, byHour)
	end, _ := slices.BinarySearchFunc(s.hours, to, byHour)
	return s.hours[begin:max(begin, end)]
}

func byHour(of hourVersion, hour int64) int { return cmp.Compare(of.hour, hour) }

// segments returns the segments of hours, but for empty ones: from memory, else
// from the file, else made of rows.
func (w *Warehouse) segments(ctx context.Context, c *conn, hours []hourVersion) ([]*columns.Segment, error) {
	found := make([]*columns.Segment, len(hours))
	loader := loader{w: w, found: found, jobs: make(chan job, 16)}
	loader.begin()
	var stale []int
	var err error
	for i, of := range hours {
		if found[i] = w.cache.get(of); found[i] != nil {
			continue
		}
		var packed []byte
		if packed, err = readSegment(c, of); err != nil {
			break
		}
		if packed == nil {
			stale = append(stale, i)
			continue
		}
		loader.jobs <- job{i, of, packed}
	}
	broken := loader.end()
	if err != nil {
		return nil, err
	}
	for _, i := range slices.Concat(stale, broken) {
		if found[i], err = buildSegment(ctx, c, hours[i].hour); err != nil {
			return nil, fmt.Errorf("sqlite: the visits of hour %d: %w", hours[i].hour, err)
		}
		w.cache.put(hours[i].version, found[i])
	}
	return slices.DeleteFunc(found, func(s *columns.Segment) bool { return s.Len() == 0 }), nil
}

// readSegment returns the segment of an hour as the file holds it, nil if that is
// not of the hour's version.
func readSegment(c *conn, of hourVersion) ([]byte, error) {
	var packed []byte
	_, err := c.one("SELECT columns FROM segments WHERE hour = ? AND version = ?", func(row []driver.Value) {
		packed = slices.Clone(blob(row[0]))
	}, of.hour, of.version)
	return packed, err
}

// job is a segment to be decoded.
type job struct {
	i      int
	of     hourVersion
	packed []byte
}

// loader decodes segments beside the connection that reads them.
type loader struct {
	w     *Warehouse
	found []*columns.Segment
	jobs  chan job
	wg    sync.WaitGroup

	mu     sync.Mutex
	broken []int
}

func (l *loader) begin() {
	for range runtime.GOMAXPROCS(0) {
		l.wg.Go(func() {
			for j := range l.jobs {
				l.decode(j)
			}
		})
	}
}

func (l *loader) decode(j job) {
	s, err := columns.Decode(j.packed)
	if err == nil && s.Hour() != j.of.hour {
		err = errors.New("it is that of another hour")
	}
	if err != nil { // the rows are still there
		l.w.opts.Logger.Warn("segment is damaged", errAttr(err))
		l.mu.Lock()
		l.broken = append(l.broken, j.i)
		l.mu.Unlock()
		return
	}
	l.found[j.i] = s
	l.w.cache.put(j.of.version, s)
}

// end waits until all is decoded and returns those that could not be.
func (l *loader) end() (broken []int) {
	close(l.jobs)
	l.wg.Wait()
	return l.broken
}
