package plan

import (
	"maps"
	"slices"
	"time"
)

// person draws the visits of somebody, and knows what they have done so far, so
// that each step makes sense after those before it.
type person struct {
	chance
	visitor *Visitor
	cart    map[string]int64
	known   bool // has a session, so that an app may tell of screens
	login   bool
	steps   []Step
}

// visit draws the next visit.
func (p *person) visit() {
	v := Visit{Source: Direct}
	if len(p.visitor.Visits) > 0 {
		v.Pause = 1.3 + p.Float64()/2
	}
	app := p.visitor.Kind == App
	if !app && (len(p.visitor.Visits) == 0 || p.of(0.6)) {
		v.Source = weighted(p.chance, sources)
	}
	p.steps = nil
	p.enter(v.Source)
	if !p.of(0.3) { // the others leave at once
		for range 1 + p.upTo(12) {
			if app {
				p.useApp()
			} else {
				p.browse()
			}
		}
	}
	if !app {
		p.do(Step{Do: Leave})
	}
	v.Steps = p.steps
	p.visitor.Visits = append(p.visitor.Visits, v)
}

// enter is the first step, which begins the visit.
func (p *person) enter(s Source) {
	switch {
	case p.visitor.Kind == App && !p.known:
		p.add() // an app's session begins with the first thing that has to be kept
	case p.visitor.Kind == App:
		p.show("home")
	case s.Query == "" && s.Referrer == "" && p.of(0.04):
		p.do(Step{Do: Miss, Path: "/teas.php"}) // by an old bookmark; nothing comes of it
		p.page("/")
	case p.of(0.6):
		p.page("/")
	default:
		p.page("/tea/" + one(p.chance, skus))
	}
	p.known = true
	p.steps[0].Think = 0
}

// browse is a step of somebody who is on a page.
func (p *person) browse() {
	switch r := p.Float64(); {
	case r < 0.40:
		p.page(anyPage(p.chance))
	case r < 0.45:
		p.do(Step{Do: Reload, Beacon: p.of(0.7)})
	case r < 0.50:
		next := "/tea/" + one(p.chance, skus)
		p.do(Step{Do: Prefetch, Path: next})
		p.page(next)
		p.steps[len(p.steps)-1].Think = time.Second // it was prefetched while the pointer was on its way
	case r < 0.53:
		p.do(Step{Do: Miss, Path: "/tea/darjeling"})
		p.page("/")
	default:
		p.act(r)
	}
}

func (p *person) useApp() {
	if r := p.Float64(); r < 0.5 {
		p.show(one(p.chance, []string{"home", "tea", "cart", "profile"}))
	} else {
		p.act(r)
	}
}

// act is a step that changes something; r is from 0.5 to 1.
func (p *person) act(r float64) {
	switch {
	case r < 0.72:
		p.add()
	case r < 0.78 && len(p.cart) > 0:
		p.remove()
	case r < 0.86 && len(p.cart) > 0:
		p.do(Step{Do: Checkout, Beacon: p.of(0.7)})
		clear(p.cart)
	case r < 0.90 && p.visitor.User != "" && !p.login:
		p.logIn()
	case r < 0.93 && p.login:
		p.do(Step{Do: Logout, Beacon: p.of(0.7)})
		p.login = false
	case r < 0.97:
		p.do(Step{Do: Subscribe, Beacon: p.of(0.7)})
	case p.visitor.Kind == App:
		p.show("about")
	default:
		p.page("/cart")
	}
}

func (p *person) logIn() {
	if p.visitor.Kind == Person {
		p.page("/login")
	}
	if p.of(0.3) {
		p.do(Step{Do: WrongPassword})
	}
	p.do(Step{Do: Login, Beacon: p.of(0.7)})
	p.login = true
}

func (p *person) add() {
	sku, n := one(p.chance, skus), int64(p.upTo(4))
	p.cart[sku] += n
	p.do(Step{Do: Add, SKU: sku, Quantity: n, Beacon: p.of(0.7)})
}

func (p *person) remove() {
	sku := one(p.chance, slices.Sorted(maps.Keys(p.cart)))
	delete(p.cart, sku)
	p.do(Step{Do: Remove, SKU: sku, Beacon: p.of(0.7)})
}

func (p *person) page(path string) {
	p.do(Step{Do: Open, Path: path, Beacon: p.of(0.7)})
}

func (p *person) show(screen string) { p.do(Step{Do: Show, Screen: screen}) }

func (p *person) do(s Step) {
	s.Think = p.think()
	p.steps = append(p.steps, s)
}
