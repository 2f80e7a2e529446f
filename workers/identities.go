package workers

import (
	"fmt"

	"github.com/mqbench/mqbench/scenarios"
)

// Identify gives the clients identities, one each in the order of their numbers: publishers, then subscribers. It is an
// error when there are too few, or when a client identifier is another client's.
func (a *Assignment) Identify(identities []scenarios.Identity) error {
	if missing := a.Clients() - len(identities); missing > 0 {
		return fmt.Errorf("there are %d identities for %d clients: %d are missing", len(identities), a.Clients(), missing)
	}
	a.Identities = identities[:a.Clients()]
	taken := make(map[string]bool, a.Clients())
	give := func(id *string, number int) error {
		if own := a.Identities[number].ClientID; own != "" {
			*id = own
		}
		if taken[*id] {
			return fmt.Errorf("client identifier %q is that of two clients", *id)
		}
		taken[*id] = true
		return nil
	}
	for n := range a.Publishers {
		if err := give(&a.Publishers[n].Client, n); err != nil {
			return err
		}
	}
	for n := range a.Subscribers {
		if err := give(&a.Subscribers[n].Client, len(a.Publishers)+n); err != nil {
			return err
		}
	}
	return nil
}

// credentials are the user name and password of a client.
func (a *Assignment) credentials(number int) (username, password string) {
	if number >= len(a.Identities) {
		return a.Client.Username, a.Client.Password
	}
	return a.Identities[number].Username, a.Identities[number].Password
}

// Identity is who a client is by a file of credentials; empty where there is none.
func (a *Assignment) Identity(number int) scenarios.Identity {
	if number >= len(a.Identities) {
		return scenarios.Identity{}
	}
	return a.Identities[number]
}

// ClientID is the client identifier of a client by its number: publishers, then subscribers.
func (a *Assignment) ClientID(number int) string {
	if number < len(a.Publishers) {
		return a.Publishers[number].Client
	}
	return a.Subscribers[number-len(a.Publishers)].Client
}
