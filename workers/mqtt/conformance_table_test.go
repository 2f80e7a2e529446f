package mqtt

// numbered50 and numbered311 are all numbered statements of the specifications (their appendices B), by section.
const (
	numbered50 = `
		1.5.4: 1-3
		1.5.5: 1
		1.5.7: 1
		2.1.3: 1
		2.2.1: 2-6
		2.2.2: 1
		3.1.0: 1-2
		3.1.2: 1-30
		3.1.3: 1-12
		3.1.4: 1-6
		3.2.0: 1-2
		3.2.2: 1-22
		3.3.1: 1-13
		3.3.2: 1-20
		3.3.4: 1-10
		3.4.2: 1-3
		3.5.2: 1-3
		3.6.1: 1
		3.6.2: 1-3
		3.7.2: 1-3
		3.8.1: 1
		3.8.3: 1-5
		3.8.4: 1-8
		3.9.2: 1-2
		3.9.3: 1-2
		3.10.1: 1
		3.10.3: 1-2
		3.10.4: 1-6
		3.11.2: 1-2
		3.11.3: 1-2
		3.12.4: 1
		3.14.0: 1
		3.14.1: 1
		3.14.2: 1-4
		3.14.4: 1-3
		3.15.1: 1
		3.15.2: 1-3
		4.1.0: 1-2
		4.2.0: 1
		4.3.1: 1
		4.3.2: 1-5
		4.3.3: 1-13
		4.4.0: 1-2
		4.5.0: 1-2
		4.6.0: 1-6
		4.7.0: 1
		4.7.1: 1-2
		4.7.2: 1
		4.7.3: 1-4
		4.8.2: 1-6
		4.9.0: 1-3
		4.12.0: 1-7
		4.12.1: 1-2
		4.13.1: 1
		4.13.2: 1
		6.0.0: 1-4`
	numbered311 = `
		1.4.0: 1-3
		2.2.2: 1-2
		2.3.1: 1-7
		3.1.0: 1-2
		3.1.2: 1-24
		3.1.3: 1-11
		3.1.4: 1-5
		3.2.0: 1
		3.2.2: 1-6
		3.3.1: 1-12
		3.3.2: 1-3
		3.3.4: 1
		3.3.5: 1-2
		3.6.1: 1
		3.8.1: 1
		3.8.3: 1-4
		3.8.4: 1-6
		3.9.3: 1-2
		3.10.1: 1
		3.10.3: 1-2
		3.10.4: 1-6
		3.12.4: 1
		3.14.1: 1
		3.14.4: 1-3
		4.1.0: 1-2
		4.3.1: 1
		4.3.2: 1-2
		4.3.3: 1-2
		4.4.0: 1
		4.5.0: 1-2
		4.6.0: 1-6
		4.7.1: 1-3
		4.7.2: 1
		4.7.3: 1-4
		4.8.0: 1-2
		6.0.0: 1-4
		7.0.0: 1-2
		7.1.1: 1
		7.1.2: 1`
)

// servers50 and servers311 are those that bind a server in ways that none of its clients alone can see, or that leave
// it a choice.
const (
	servers50 = `
		3.1.2: 6-8 10 14-15 22 25 29
		3.1.3: 5-6 8-10
		3.1.4: 1-2 4-6
		3.2.2: 3 9-10 12-13 19-20 22
		3.3.1: 5-13
		3.3.2: 3-6 12 15-18 20
		3.3.4: 2-5 10
		3.8.3: 3
		3.8.4: 1 3-5 8
		3.9.2: 1-2
		3.10.4: 1-4 6
		3.11.2: 1-2
		3.14.4: 3
		4.5.0: 1
		4.6.0: 5-6
		4.7.2: 1
		4.7.3: 4
		4.8.2: 3-6
		4.12.0: 1-2 4
		4.12.1: 2`
	servers311 = `
		3.1.2: 1 3 5 7-8 10 12 16-17 24
		3.1.3: 5-6 8-9
		3.1.4: 1-5
		3.2.2: 2-3 6
		3.3.1: 5-12
		3.3.2: 3
		3.3.5: 1-2
		3.8.3: 2
		3.8.4: 1 3-4 6
		3.10.4: 1-3 5-6
		3.14.4: 3
		4.5.0: 1
		4.6.0: 5-6
		4.7.2: 1
		4.7.3: 4
		7.1.1: 1`
)

const (
	noAuth      = "the session asks for no enhanced authentication and sends no AUTH"
	noRefusals  = "the session refuses no message, so its PUBREC never says more than success"
	noExpiry    = "the session sends and applies no message expiry"
	noWebSocket = "a session lives on the byte stream that it is given; whoever dials makes one of a WebSocket"
)

// statements are the table, in the order of 5.0.
func statements() []statement {
	var all []statement
	for _, part := range [][]statement{
		formStatements(), connectStatements(), connackStatements(), publishStatements(), acknowledgementStatements(),
		subscribeStatements(), endStatements(), flowStatements(), topicStatements(), otherStatements(),
	} {
		all = append(all, part...)
	}
	return all
}

func formStatements() []statement {
	return []statement{
		{"1.5.4-1", "1.4.0-1", "strings are well-formed UTF-8 without surrogates, or the receiver closes", client, illFormed, ""},
		{"1.5.4-2", "1.4.0-2", "strings have no U+0000, or the receiver closes", client, nullCharacter, ""},
		{"1.5.4-3", "1.4.0-3", "U+FEFF stays in a string, wherever it is", client, byteOrderMark, ""},
		{"1.5.5-1", "§2.2.3", "lengths take the fewest bytes there can be, and four at most", client, shortestLengths, ""},
		{"1.5.7-1", "", "both strings of a pair are strings", client, userProperties, ""},
		{"2.1.3-1", "2.2.2-1", "reserved flags have their fixed values", client, flagsOfOurs, ""},
		{"2.1.3-1", "2.2.2-2", "other values of reserved flags end the connection", client, flagsOfTheServers, ""},
		{"2.2.1-2", "2.3.1-5", "a PUBLISH of QoS 0 has no packet identifier", client, noIdentifierAtQoS0, ""},
		{"2.2.1-3", "2.3.1-1", "SUBSCRIBE and PUBLISH above QoS 0 have an identifier that is not 0", client, unusedIdentifiers, ""},
		{"2.2.1-3", "2.3.1-2", "a new one has an identifier that is not in use", client, unusedIdentifiers, ""},
		{"4.4.0-1", "2.3.1-3", "sending again keeps the identifier, which is free after the last acknowledgement", client, identifiersOfResends, ""},
		{"2.2.1-4", "2.3.1-4", "the server's identifiers are not 0 either", watched, identifier0, ""},
		{"2.2.1-5", "2.3.1-6", "PUBACK, PUBREC, PUBREL and PUBCOMP have the identifier of their PUBLISH", client, identifiersOfAnswers, ""},
		{"2.2.1-6", "2.3.1-7", "SUBACK has the identifier of its SUBSCRIBE", watched, identifierOfSuback, ""},
		{"2.2.2-1", "", "a packet without properties says so by a length of 0", client, noPropertiesAreALength0, ""},
		{"§2.2.2.2", "", "a property stands once, unless it may be repeated", watched, propertiesTwice, ""},
		{"§2.2.2.2", "", "a property stands where it belongs, and with a value that it can have", watched, propertiesElsewhere, ""},
	}
}

func connectStatements() []statement {
	return []statement{
		{"3.1.0-1", "3.1.0-1", "CONNECT is the first packet, and nothing goes out before CONNACK", client, connectIsFirst, ""},
		{"3.1.0-2", "3.1.0-2", "CONNECT is sent once on a connection", client, oneConnect, ""},
		{"3.1.2-1", "§3.1.2.1", "the protocol's name is MQTT", client, connectHeader, ""},
		{"3.1.2-2", "3.1.2-2", "a server that does not speak the version says so and closes", watched, versionRefused, ""},
		{"3.1.2-3", "§3.1.2.3", "the reserved flag is 0", client, connectHeader, ""},
		{"3.1.2-4", "3.1.2-6", "a clean start forgets what was before, on both sides", client, cleanStartForgets, ""},
		{"3.1.2-5", "3.1.2-4", "without a clean start the session goes on where it was", client, sessionIsKept, ""},
		{"3.1.2-9", "3.1.2-9", "a will has its topic and payload (5.0: and properties) in CONNECT", client, willFields, ""},
		{"3.1.2-11", "3.1.2-11", "without a will, its fields are 0 and not there", client, willFields, ""},
		{"3.1.2-11", "3.1.2-13", "without a will, its QoS is 0", client, willFields, ""},
		{"3.1.2-12", "3.1.2-14", "a will has QoS 0, 1 or 2", client, willQoS3, ""},
		{"3.1.2-13", "3.1.2-15", "without a will, its retain flag is 0", client, willFields, ""},
		{"3.1.2-16", "3.1.2-18", "no user name without its flag", client, credentials, ""},
		{"3.1.2-17", "3.1.2-19", "a user name with its flag", client, credentials, ""},
		{"3.1.2-18", "3.1.2-20", "no password without its flag", client, credentials, ""},
		{"3.1.2-19", "3.1.2-21", "a password with its flag", client, credentials, ""},
		{"", "3.1.2-22", "no password without a user name", client, passwordNeedsName, ""},
		{"3.1.2-20", "3.1.2-23", "a client that has nothing to send for its keepalive sends PINGREQ", client, pings, ""},
		{"3.1.2-21", "", "the server's keepalive replaces the client's", client, serversKeepalive, ""},
		{"3.1.2-23", "3.1.2-4", "the session is kept when the connection has ended", client, sessionIsKept, ""},
		{"3.1.2-24", "", "no packet is larger than the client's maximum", watched, ourMaximumPacketSize, ""},
		{"3.1.2-26", "", "the server uses no topic alias above the client's maximum", watched, noAliasesForTheServer, ""},
		{"3.1.2-27", "", "the server uses none where the client has announced none", watched, noAliasesForTheServer, ""},
		{"3.1.2-28", "", "no response information that was not asked for; what comes all the same is ignored", watched, requestsNothing, ""},
		{"3.1.2-30", "", "until CONNACK, a client that authenticates sends AUTH and DISCONNECT alone", client, nil, noAuth},
		{"3.1.3-1", "3.1.3-1", "the payload is in order: identifier, will, user name, password", client, payloadOrder, ""},
		{"3.1.3-2", "3.1.3-2", "the identifier stands for the session, at every connection", client, sameIdentifier, ""},
		{"3.1.3-3", "3.1.3-3", "the identifier is there and first, be it empty", client, identifierIsThere, ""},
		{"3.1.3-4", "3.1.3-4", "the identifier is a UTF-8 string", client, illFormed, ""},
		{"", "3.1.3-7", "a client without an identifier asks for a clean session", client, emptyIdentifierIsClean, ""},
		{"3.1.3-7", "", "an identifier given by the server is the client's from then on", client, assignedIdentifier, ""},
		{"3.1.3-11", "3.1.3-10", "the will's topic is a UTF-8 string", client, illFormed, ""},
		{"3.1.3-12", "3.1.3-11", "the user name is a UTF-8 string", client, illFormed, ""},
		{"3.1.4-3", "", "whoever is taken over is told so", watched, takenOver, ""},
	}
}

func connackStatements() []statement {
	return []statement{
		{"3.2.0-1", "3.2.0-1", "the server's first packet is CONNACK", watched, connackIsFirst, ""},
		{"3.2.0-2", "§3.2", "there is one CONNACK on a connection", watched, secondConnack, ""},
		{"3.2.2-1", "§3.2.2.1", "the reserved flags are 0", watched, connackFlags, ""},
		{"3.2.2-2", "3.2.2-1", "after a clean start there is no session", watched, cleanButPresent, ""},
		{"3.2.2-4", "", "a client that has no session closes where the server has one", client, presentButUnknown, ""},
		{"3.2.2-5", "§3.2.2.2", "a client that has a session forgets it where the server has none", client, absentIsForgotten, ""},
		{"3.2.2-6", "3.2.2-4", "a refusal has no session", watched, refusedButPresent, ""},
		{"3.2.2-7", "3.2.2-5", "after a refusal the connection is closed", client, refusalIsTheEnd, ""},
		{"3.2.2-8", "", "a reason is one of the list; another one is a refusal as well", watched, refusalIsTheEnd, ""},
		{"3.2.2-11", "", "no PUBLISH above the server's maximum QoS, be it one from before", client, maximumQoS, ""},
		{"3.2.2-14", "", "no retained PUBLISH to a server that takes none, be it one from before", client, retainAvailable, ""},
		{"3.2.2-15", "", "no packet larger than the server's maximum, be it one from before", client, serversMaximumPacketSize, ""},
		{"3.2.2-16", "", "a client without an identifier is given one", client, assignedIdentifier, ""},
		{"3.2.2-17", "", "no topic alias above the server's maximum", client, noAliasesFromUs, ""},
		{"3.2.2-18", "", "no topic alias where the server has announced none", client, noAliasesFromUs, ""},
		{"3.2.2-21", "", "the server's keepalive is the one in force", client, serversKeepalive, ""},
		{"§3.2.2.3", "", "limits of 0, and answers other than yes and no, are none", watched, zeroLimits, ""},
	}
}

func publishStatements() []statement {
	return []statement{
		{"3.3.1-1", "3.3.1-1", "what is sent again has DUP", client, dupOnResend, ""},
		{"3.3.1-2", "3.3.1-2", "QoS 0 has no DUP", client, noDupAtFirst, ""},
		{"3.3.1-3", "3.3.1-3", "DUP says that this is sent again, and nothing else", client, noDupAtFirst, ""},
		{"3.3.1-4", "3.3.1-4", "there is no QoS 3, and who receives it closes", client, qos3, ""},
		{"3.3.2-1", "3.3.2-1", "the topic comes first and is a UTF-8 string", client, topicIsFirst, ""},
		{"3.3.2-2", "3.3.2-2", "a topic name has no wildcards", client, noWildcardsInTopics, ""},
		{"3.3.2-7", "", "topic aliases end with their connection", client, noAliasesForTheServer, ""},
		{"3.3.2-8", "", "there is no topic alias 0", client, noAliasesFromUs, ""},
		{"3.3.2-9", "", "no topic alias above the server's maximum", client, noAliasesFromUs, ""},
		{"3.3.2-10", "", "a client takes the aliases that it has announced", client, nil, "the session announces none"},
		{"3.3.2-11", "", "the server uses no alias above the client's maximum", watched, noAliasesForTheServer, ""},
		{"3.3.2-13", "", "the response topic is a UTF-8 string", watched, illFormed, ""},
		{"3.3.2-14", "", "the response topic has no wildcards", watched, responseTopic, ""},
		{"3.3.2-19", "", "the content type is a UTF-8 string", watched, illFormed, ""},
		{"3.3.4-1", "3.3.4-1", "each QoS gets its answer", client, answersByQoS, ""},
		{"3.3.4-6", "", "a client's PUBLISH has no subscription identifier", client, noSubscriptionIdentifier, ""},
		{"3.3.4-7", "", "no more PUBLISH in flight than the server's Receive Maximum", client, sendQuota, ""},
		{"3.3.4-7", "", "nor of those that are sent again", client, quotaOfResends, ""},
		{"3.3.4-8", "", "a used-up quota holds up nothing but PUBLISH", client, noQuotaForTheRest, ""},
		{"3.3.4-9", "", "no more PUBLISH in flight than the client's Receive Maximum", watched, receiveQuota, ""},
	}
}

func acknowledgementStatements() []statement {
	return []statement{
		{"3.4.2-1", "", "PUBACK says one of its reasons", client, ourReasons, ""},
		{"3.4.2-1", "", "a PUBACK that says neither success nor failure is none", watched, theirReasons, ""},
		{"3.4.2-2", "", "PUBACK has no reason string that makes it too large", client, ourReasons, ""},
		{"3.4.2-3", "", "PUBACK has no user property that makes it too large", client, ourReasons, ""},
		{"3.5.2-1", "", "PUBREC says one of its reasons", client, ourReasons, ""},
		{"3.5.2-1", "", "a PUBREC that says neither success nor failure is none", watched, theirReasons, ""},
		{"3.5.2-2", "", "PUBREC has no reason string that makes it too large", client, ourReasons, ""},
		{"3.5.2-3", "", "PUBREC has no user property that makes it too large", client, ourReasons, ""},
		{"3.6.1-1", "3.6.1-1", "PUBREL has its fixed flags", client, flagsOfPubrel, ""},
		{"3.6.2-1", "", "PUBREL says one of its reasons", client, ourReasons, ""},
		{"3.6.2-2", "", "PUBREL has no reason string that makes it too large", client, ourReasons, ""},
		{"3.6.2-3", "", "PUBREL has no user property that makes it too large", client, ourReasons, ""},
		{"3.7.2-1", "", "PUBCOMP says one of its reasons", client, ourReasons, ""},
		{"3.7.2-2", "", "PUBCOMP has no reason string that makes it too large", client, ourReasons, ""},
		{"3.7.2-3", "", "PUBCOMP has no user property that makes it too large", client, ourReasons, ""},
	}
}

func subscribeStatements() []statement {
	return []statement{
		{"3.8.1-1", "3.8.1-1", "SUBSCRIBE has its fixed flags", client, subscribeFlags, ""},
		{"3.8.3-1", "3.8.3-1", "a filter is a UTF-8 string", client, illFormed, ""},
		{"3.8.3-2", "3.8.3-3", "SUBSCRIBE has at least one filter", client, atLeastOneFilter, ""},
		{"3.8.3-4", "", "No Local is not for shared subscriptions", client, noLocalShared, ""},
		{"3.8.3-5", "3.8.3-4", "the reserved bits of the options are 0, and QoS and retain handling 2 at most", client, subscriptionOptions, ""},
		{"3.8.4-2", "3.8.4-2", "SUBACK has the identifier of its SUBSCRIBE", watched, identifierOfSuback, ""},
		{"3.8.4-6", "3.8.4-5", "SUBACK has a code for each filter", watched, oneCodePerFilter, ""},
		{"3.8.4-7", "3.8.4-5", "a code is the granted QoS or a failure", watched, knownSubackCodes, ""},
		{"3.9.3-1", "3.9.3-1", "codes are in the order of the filters", watched, oneCodePerFilter, ""},
		{"3.9.3-2", "3.9.3-2", "a code is one of the list", watched, knownSubackCodes, ""},
		{"3.10.1-1", "3.10.1-1", "UNSUBSCRIBE has its fixed flags", client, unsubscribeForm, ""},
		{"3.10.3-1", "3.10.3-1", "its filters are UTF-8 strings", client, unsubscribeForm, ""},
		{"3.10.3-2", "3.10.3-2", "it has at least one filter", client, unsubscribeForm, ""},
		{"3.10.4-5", "3.10.4-4", "UNSUBACK has the identifier of its UNSUBSCRIBE", watched, identifierOfUnsuback, ""},
		{"3.11.3-1", "", "UNSUBACK has a code for each filter, in their order", watched, unsubackCodes, ""},
		{"3.11.3-2", "", "a code is one of the list", watched, unsubackCodes, ""},
	}
}

func endStatements() []statement {
	return []statement{
		{"3.12.4-1", "3.12.4-1", "PINGREQ is answered by PINGRESP", watched, pingsAreAnswered, ""},
		{"3.14.0-1", "", "the server sends no DISCONNECT before a CONNACK that says yes", watched, noDisconnectFirst, ""},
		{"3.14.1-1", "3.14.1-1", "the flags of DISCONNECT are 0", client, disconnectFlags, ""},
		{"3.14.2-1", "", "DISCONNECT says one of its reasons", client, malformedIsTheEnd, ""},
		{"3.14.2-2", "", "the server's DISCONNECT has no session expiry interval", watched, expiryInDisconnect, ""},
		{"3.14.2-3", "", "DISCONNECT has no reason string that makes it too large", client, ourDisconnect, ""},
		{"3.14.2-4", "", "DISCONNECT has no user property that makes it too large", client, ourDisconnect, ""},
		{"3.14.4-1", "3.14.4-2", "nothing follows DISCONNECT", client, ourDisconnect, ""},
		{"3.14.4-2", "3.14.4-1", "after DISCONNECT the client closes", client, ourDisconnect, ""},
		{"3.15.1-1", "", "AUTH with other flags than 0 is malformed", client, authFlags, ""},
		{"3.15.2-1", "", "AUTH says one of its reasons", client, nil, noAuth},
		{"3.15.2-2", "", "AUTH has no reason string that makes it too large", client, nil, noAuth},
		{"3.15.2-3", "", "AUTH has no user property that makes it too large", client, nil, noAuth},
	}
}

func flowStatements() []statement {
	return []statement{
		{"4.1.0-1", "4.1.0-1", "nothing of the session is forgotten while it lasts", client, stateWhileConnected, ""},
		{"", "4.1.0-2", "a session lasts at least as long as its connection", client, stateWhileConnected, ""},
		{"4.1.0-2", "", "a session that is not to be kept ends with its connection; one that outlives its expiry is forgotten with the CONNACK that says so", client, stateEndsWithExpiry, ""},
		{"4.2.0-1", "7.1.2-1", "the transport is an ordered, lossless stream of bytes", client, ordinaryConnection, ""},
		{"4.3.1-1", "4.3.1-1", "QoS 0 is a PUBLISH without DUP", client, noDupAtFirst, ""},
		{"4.3.2-1", "4.3.2-1", "QoS 1 takes an identifier that is not in use", client, unusedIdentifiers, ""},
		{"4.3.2-2", "4.3.2-1", "QoS 1 is first sent without DUP", client, noDupAtFirst, ""},
		{"4.3.2-3", "4.3.2-1", "QoS 1 is unacknowledged until its PUBACK", client, sendQoS1, ""},
		{"4.3.2-4", "4.3.2-2", "QoS 1 is answered by PUBACK", client, receiveQoS1, ""},
		{"4.3.2-5", "4.3.2-2", "after PUBACK, the identifier means a new message, with DUP or without", client, receiveQoS1, ""},
		{"4.3.3-1", "4.3.3-1", "QoS 2 takes an identifier that is not in use", client, unusedIdentifiers, ""},
		{"4.3.3-2", "4.3.3-1", "QoS 2 is first sent without DUP", client, noDupAtFirst, ""},
		{"4.3.3-3", "4.3.3-1", "QoS 2 is unacknowledged until its PUBREC", client, sendQoS2, ""},
		{"4.3.3-4", "4.3.3-1", "PUBREC is answered by PUBREL (5.0: unless it refuses)", client, sendQoS2, ""},
		{"4.3.3-5", "4.3.3-1", "PUBREL is unacknowledged until its PUBCOMP", client, sendQoS2, ""},
		{"4.3.3-6", "4.3.3-1", "PUBLISH is not sent again after PUBREL", client, sendQoS2, ""},
		{"4.3.3-7", "", "a message that was sent does not expire", client, nil, noExpiry},
		{"4.3.3-8", "4.3.3-2", "QoS 2 is answered by PUBREC", client, receiveQoS2, ""},
		{"4.3.3-9", "", "after a PUBREC that refuses, the identifier means a new message", client, nil, noRefusals},
		{"4.3.3-10", "4.3.3-2", "until PUBREL, a repetition gets PUBREC and is not delivered again", client, receiveQoS2, ""},
		{"4.3.3-11", "4.3.3-2", "PUBREL is answered by PUBCOMP", client, receiveQoS2, ""},
		{"4.3.3-12", "4.3.3-2", "after PUBCOMP, the identifier means a new message", client, receiveQoS2, ""},
		{"4.3.3-13", "", "the exchange goes on for a message that has expired", client, nil, noExpiry},
		{"4.4.0-1", "4.4.0-1", "what is unacknowledged is sent again at a reconnection, and at no other time", client, resendsOnReconnectOnly, ""},
		{"4.4.0-2", "", "PUBACK and PUBREC that refuse acknowledge as well", client, refusalsAreNotResent, ""},
		{"4.5.0-2", "4.5.0-2", "every PUBLISH is acknowledged, whatever becomes of it", client, answersByQoS, ""},
		{"4.6.0-1", "4.6.0-1", "PUBLISH is sent again in the order of the first time", client, resendOrder, ""},
		{"4.6.0-2", "4.6.0-2", "PUBACK goes in the order of the PUBLISH packets", client, pubacksInOrder, ""},
		{"4.6.0-3", "4.6.0-3", "PUBREC goes in the order of the PUBLISH packets", client, pubrecsInOrder, ""},
		{"4.6.0-4", "4.6.0-4", "PUBREL goes in the order of the PUBREC packets", client, pubrelsInOrder, ""},
	}
}

func topicStatements() []statement {
	return []statement{
		{"4.7.0-1", "4.7.1-1", "wildcards are for filters and not for topic names", client, noWildcardsInTopics, ""},
		{"4.7.1-1", "4.7.1-2", "# is a level of its own and the last one", client, filters, ""},
		{"4.7.1-2", "4.7.1-3", "+ is a level of its own", client, filters, ""},
		{"4.7.3-1", "4.7.3-1", "topics and filters have at least one character", client, topics, ""},
		{"4.7.3-2", "4.7.3-2", "topics and filters have no U+0000", client, nullCharacter, ""},
		{"4.7.3-3", "4.7.3-3", "topics and filters have at most 65,535 bytes", client, topics, ""},
		{"4.8.2-1", "", "a shared filter begins with $share/ and a name", client, filters, ""},
		{"4.8.2-2", "", "the name has no wildcards, and a filter follows it", client, filters, ""},
		{"4.9.0-1", "", "the quota begins with the server's Receive Maximum at most", client, sendQuota, ""},
		{"4.9.0-2", "", "a quota of 0 lets no PUBLISH above QoS 0 out", client, sendQuota, ""},
		{"4.9.0-3", "", "a quota of 0 holds up nothing else", client, noQuotaForTheRest, ""},
	}
}

func otherStatements() []statement {
	return []statement{
		{"4.12.0-3", "", "AUTH is answered by AUTH", client, nil, noAuth},
		{"4.12.0-5", "", "all AUTH have the method of CONNECT", client, nil, noAuth},
		{"4.12.0-6", "", "no AUTH from the server without a method in CONNECT", watched, authIsRefused, ""},
		{"4.12.0-7", "", "no AUTH from the client without a method in CONNECT", client, nil, noAuth},
		{"4.12.1-1", "", "authentication anew keeps the method", client, nil, noAuth},
		{"4.13.1-1", "4.8.0-1", "a malformed packet or a breach of the protocol ends the connection (5.0: with its reason)", client, malformedIsTheEnd, ""},
		{"", "4.8.0-2", "a transient error ends the connection", client, transientErrors, ""},
		{"4.13.2-1", "", "a reason of failure in CONNACK or DISCONNECT ends the connection", client, closesOnRefusal, ""},
		{"6.0.0-1", "6.0.0-1", "packets are in binary frames, and any other frame ends the connection", client, nil, noWebSocket},
		{"6.0.0-2", "6.0.0-2", "packets and frames need not begin together", client, nil, noWebSocket},
		{"6.0.0-3", "6.0.0-3", "the client offers the subprotocol mqtt", client, nil, noWebSocket},
		{"6.0.0-4", "6.0.0-4", "the server chooses the subprotocol mqtt", client, nil, noWebSocket},
		{"", "7.0.0-1", "what is a client and a server at once keeps the rules of both", client, nil, "the session is a client alone"},
		{"", "7.0.0-2", "nobody needs extensions to talk to this one", client, ordinaryConnection, ""},
	}
}
