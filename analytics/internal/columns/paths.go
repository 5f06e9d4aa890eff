package columns

import (
	"context"
	"slices"

	"github.com/sojourn-go/sojourn/analytics/report"
)

// Paths answers report.Warehouse.Paths. A visit without a view, or without one of
// the page After, has no path.
func Paths(ctx context.Context, set *Set, q report.PathsQuery) ([]report.Path, error) {
	if err := checkPaths(q); err != nil {
		return nil, err
	}
	sel, err := newSelection(set, q.Selection)
	if err != nil {
		return nil, err
	}
	p := &paths{length: q.Length, any: q.After == ""}
	for i := range sel.set.Pages {
		p.pages = append(p.pages, p.names.code(sel.set.Pages[i].Name))
	}
	p.after = p.names.code(q.After)
	parts, err := scan(ctx, sel, newTree, p.add)
	if err != nil {
		return nil, err
	}
	whole := parts[0]
	for _, part := range parts[1:] {
		whole.merge(part)
	}
	return p.rows(whole, q.Limit), nil
}

// paths is how to come by the answer to a PathsQuery.
type paths struct {
	names  dictionary
	pages  []uint32 // by page: its name
	after  uint32   // the name with which paths begin
	any    bool     // they begin with any
	length int
}

// tree holds paths as nodes: each is the path of the node before it and one more
// name. Node 0 is the path without pages.
type tree struct {
	next   map[branch]uint32
	nodes  []branch
	visits []int64 // by node: that end there
}

// branch leads from a node on.
type branch struct{ node, name uint32 }

func newTree(int) *tree {
	return &tree{next: map[branch]uint32{}, nodes: make([]branch, 1), visits: make([]int64, 1)}
}

// follow returns the node that b leads to.
func (t *tree) follow(b branch) uint32 {
	node, ok := t.next[b]
	if !ok {
		node = uint32(len(t.nodes)) //nolint:gosec // not more than views (G115)
		t.next[b] = node
		t.nodes = append(t.nodes, b)
		t.visits = append(t.visits, 0)
	}
	return node
}

// merge adds the paths of o.
func (t *tree) merge(o *tree) {
	here := make([]uint32, len(o.nodes))
	for node, b := range o.nodes {
		if node > 0 {
			here[node] = t.follow(branch{here[b.node], b.name})
			t.visits[here[node]] += o.visits[node]
		}
	}
}

// add counts the paths of visits of s.
func (p *paths) add(t *tree, _ int, s *Segment, visits []uint32) {
	for _, i := range visits {
		node, left, previous := uint32(0), p.length, uint32(0)
		for _, page := range s.pagesOf(i) {
			name := p.pages[page]
			if left == p.length && !p.any && name != p.after || left < p.length && name == previous {
				continue
			}
			node, previous = t.follow(branch{node, name}), name
			if left--; left == 0 {
				break
			}
		}
		t.visits[node]++
	}
}

// rows returns the most frequent paths of t, those without pages left out.
func (p *paths) rows(t *tree, limit int) []report.Path {
	alphabetic := t.alphabetic(p.names.ranks())
	nodes := make([]uint32, len(t.nodes)) // by their place in the alphabetic order
	var order []int64                     // the visits, less for more of them, and that place
	for node, visits := range t.visits {
		nodes[alphabetic[node]] = uint32(node)
		if node > 0 && visits > 0 {
			order = append(order, -visits<<32|int64(alphabetic[node]))
		}
	}
	if limit > 0 && limit < len(order) {
		place(order, limit)
		order = order[:limit]
	}
	slices.Sort(order)
	rows := make([]report.Path, len(order))
	for i, o := range order {
		node := nodes[uint32(o)] //nolint:gosec // the place is the lower half (G115)
		rows[i].Visits = t.visits[node]
		for ; node != 0; node = t.nodes[node].node {
			rows[i].Pages = append(rows[i].Pages, p.names.texts[t.nodes[node].name])
		}
		slices.Reverse(rows[i].Pages)
	}
	return rows
}

// alphabetic returns the places of nodes in the order of their names, where ranks
// is that of single names: each before those that go on from it.
func (t *tree) alphabetic(ranks []uint64) []uint32 {
	n := len(t.nodes)
	size := make([]uint32, n)             // with all that go on from it
	for node := n - 1; node > 0; node-- { // a node comes after the one before it
		size[node]++
		size[t.nodes[node].node] += size[node]
	}
	names := make([]owned[uint32], 0, n-1)
	for node, b := range t.nodes[1:] {
		names = append(names, owned[uint32]{uint32(ranks[b.name]), uint32(node) + 1}) //nolint:gosec // a rank and a node (G115)
	}
	byName := byOwner(len(ranks), [][]owned[uint32]{names})
	branches := names[:0]
	for _, node := range byName.values {
		branches = append(branches, owned[uint32]{t.nodes[node].node, node})
	}
	byBranch := byOwner(n, [][]owned[uint32]{branches})
	places := make([]uint32, n)
	next := make([]uint32, n) // the place of the next that goes on from a node
	for _, node := range byBranch.values {
		before := t.nodes[node].node
		if next[before] == 0 {
			next[before] = places[before] + 1
		}
		places[node] = next[before]
		next[before] += size[node]
	}
	return places
}
