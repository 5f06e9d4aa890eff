package sqlite

import (
	"cmp"
	"database/sql/driver"
	"slices"
)

// many is how many visitors are read one by one before all are gone through.
const many = 2000

// visitors returns the IDs of visitors.
func (s *snapshot) visitors(codes []uint32) ([]string, error) {
	ids := make([]string, len(codes))
	if len(codes) > many {
		all := make([]string, len(s.state.first))
		err := s.c.all(s.ctx, "SELECT n, id FROM visitors", func(row []driver.Value) { all[number(row[0])] = text(row[1]) })
		for i, n := range codes {
			ids[i] = all[n]
		}
		return ids, err
	}
	for i, n := range codes {
		_, err := s.c.one("SELECT id FROM visitors WHERE n = ?", func(row []driver.Value) { ids[i] = text(row[0]) }, int64(n))
		if err != nil {
			return nil, err
		}
	}
	return ids, nil
}

// find returns the numbers of visitors.
func (s *snapshot) find(ids []string) ([]uint32, error) {
	codes := make([]uint32, len(ids))
	for i, id := range ids {
		_, err := s.c.one("SELECT n FROM visitors WHERE id = ?", func(row []driver.Value) { codes[i] = code(row[0]) }, id)
		if err != nil {
			return nil, err
		}
	}
	return codes, nil
}

// assigned returns the arm of an experiment that each visitor was assigned to first.
func (s *snapshot) assigned(experiment string) ([]uint32, error) {
	key := assignment{experiment, s.state.meta.exposed}
	if held := s.w.assigned.get(key); held != nil {
		return held, nil
	}
	type exposure struct {
		at, visitor int64
		id          string
		arm         uint32
	}
	var all []exposure
	err := s.c.all(s.ctx, "SELECT x.time, x.visitor, x.id, x.arm FROM arms a CROSS JOIN exposures x ON x.arm = a.n WHERE a.experiment = ?",
		func(row []driver.Value) {
			all = append(all, exposure{number(row[0]), number(row[1]), text(row[2]), code(row[3])})
		}, experiment)
	if err != nil {
		return nil, err
	}
	slices.SortFunc(all, func(x, y exposure) int { return cmp.Or(cmp.Compare(x.at, y.at), compareIDs(x.id, y.id)) })
	arms := make([]uint32, len(s.state.first))
	for _, x := range all {
		if arms[x.visitor] == 0 {
			arms[x.visitor] = x.arm
		}
	}
	s.w.assigned.put(key, arms)
	return arms, nil
}
