// What go-salesforce sees of the simulated org: each call as its manual shows it.
package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"

	salesforce "github.com/k-capehart/go-salesforce/v3"
)

var org = os.Getenv("ORG_URL")

type contact struct {
	Id       string `soql:"selectColumn,fieldName=Id"`
	LastName string `soql:"selectColumn,fieldName=LastName"`
	Email    string `soql:"selectColumn,fieldName=Email"`
	Title    string `soql:"selectColumn,fieldName=Title"`
}

type account struct {
	Id, Name string
}

type person struct {
	LastName string
}

type named struct {
	Like []string `soql:"likeOperator,fieldName=LastName"`
}

type row = map[string]any

func behind(path, body string) error {
	answer, err := http.Post(org+"/_orgsim/"+path, "application/json", strings.NewReader(body))
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return fmt.Errorf("%s: %s", path, answer.Status)
	}
	return nil
}

func login(options ...salesforce.Option) (*salesforce.Salesforce, error) {
	return salesforce.Init(salesforce.Creds{Domain: org, ConsumerKey: "orgsim-client",
		ConsumerSecret: "orgsim-secret"}, options...)
}

func expect(holds bool, format string, args ...any) error {
	if holds {
		return nil
	}
	return fmt.Errorf(format, args...)
}

func refused(err error, code string) error {
	return expect(err != nil && strings.Contains(err.Error(), code), "%s was expected: %v", code, err)
}

func byPassword(*salesforce.Salesforce) error {
	sf, err := salesforce.Init(salesforce.Creds{Domain: org, ConsumerKey: "orgsim-client",
		ConsumerSecret: "orgsim-secret", Username: "integration@example.com", Password: "secret",
		SecurityToken: "token"})
	if err != nil {
		return err
	}
	_, wrong := salesforce.Init(salesforce.Creds{Domain: org, ConsumerKey: "orgsim-client",
		ConsumerSecret: "orgsim-secret", Username: "integration@example.com", Password: "no",
		SecurityToken: "token"})
	byToken, err := salesforce.Init(salesforce.Creds{Domain: org, AccessToken: sf.GetAccessToken()})
	return errors.Join(err, expect(wrong != nil, "a wrong password was taken"),
		expect(byToken != nil, "the token was not taken"))
}

func rows(sf *salesforce.Salesforce) error {
	made, err := sf.InsertOne("Contact", row{"LastName": "Go", "Email": "Go@x.example"})
	if err != nil || !made.Success {
		return fmt.Errorf("insert: %v %v", err, made)
	}
	if err := sf.UpdateOne("Contact", row{"Id": made.Id, "Title": "Gopher"}); err != nil {
		return err
	}
	var found []contact
	if err := sf.Query("SELECT Id, Email, Title FROM Contact WHERE Email = 'go@X.example'", &found); err != nil {
		return err
	}
	if err := expect(len(found) == 1 && found[0].Title == "Gopher", "found %v", found); err != nil {
		return err
	}
	if err := sf.DeleteOne("Contact", row{"Id": made.Id}); err != nil {
		return err
	}
	return refused(sf.UpdateOne("Contact", row{"Id": made.Id, "Title": "x"}), "ENTITY_IS_DELETED")
}

func upsert(sf *salesforce.Salesforce) error {
	for _, name := range []string{"One", "Uno"} {
		if _, err := sf.UpsertOne("Account", "Ext__c", row{"Ext__c": "g1", "Name": name}); err != nil {
			return err
		}
	}
	var found []account
	err := sf.Query("SELECT Name FROM Account WHERE Ext__c = 'g1'", &found)
	return errors.Join(err, expect(len(found) == 1 && found[0].Name == "Uno", "found %v", found))
}

func collections(sf *salesforce.Salesforce) error {
	people := make([]person, 450)
	for i := range people {
		people[i] = person{fmt.Sprintf("G%d", i)}
	}
	people = append(people, person{})
	made, err := sf.InsertCollection("Contact", people, 200)
	if err != nil {
		return err
	}
	good := 0
	for _, one := range made.Results {
		if one.Success {
			good++
		}
	}
	if err := expect(good == 450 && made.HasSalesforceErrors, "%d made", good); err != nil {
		return err
	}
	var found []contact
	if err := sf.QueryStruct(struct {
		Fields contact `soql:"selectClause,tableName=Contact"`
		Where  named   `soql:"whereClause"`
	}{Where: named{[]string{"G"}}}, &found); err != nil {
		return err
	}
	if err := expect(len(found) >= 450, "%d by struct", len(found)); err != nil {
		return err
	}
	gone, err := sf.DeleteCollection("Contact", found[:100], 50)
	return errors.Join(err, expect(!gone.HasSalesforceErrors && len(gone.Results) == 100, "%v", gone))
}

func composite(sf *salesforce.Salesforce) error {
	made, err := sf.InsertComposite("Account", []row{{"Name": "C1"}, {"Name": "C2"}}, 1, true)
	if err != nil || made.HasSalesforceErrors {
		return fmt.Errorf("composite: %v %v", err, made)
	}
	bad, err := sf.InsertComposite("Account", []row{{"Name": "C3"}, {"Phone": "5"}}, 1, true)
	var found []account
	failed := sf.Query("SELECT Name FROM Account WHERE Name = 'C3'", &found)
	return errors.Join(failed, expect(err != nil || bad.HasSalesforceErrors, "no error: %v", bad),
		expect(len(found) == 0, "C3 was left"))
}

func bulk(sf *salesforce.Salesforce) error {
	jobs, err := sf.InsertBulk("Contact", []row{{"LastName": "Bulk, \"1\"", "Title": "a\nb"},
		{"LastName": "", "Title": "x"}, {"LastName": "Bulk 3", "Title": ""}}, 1000, true)
	if err != nil {
		return err
	}
	told, err := sf.GetJobResults(jobs[0])
	if err != nil {
		return err
	}
	if err := expect(len(told.SuccessfulRecords) == 2 && told.NumberRecordsFailed == 1, "%v", told); err != nil {
		return err
	}
	why := fmt.Sprint(told.FailedRecords[0]["sf__Error"])
	if err := expect(strings.HasPrefix(why, "REQUIRED_FIELD_MISSING:"), "%s", why); err != nil {
		return err
	}
	it, err := sf.QueryBulkIterator("SELECT Id, LastName FROM Contact WHERE LastName LIKE 'G%'")
	if err != nil {
		return err
	}
	count := 0
	for it.Next() {
		var page []struct {
			Id       string `csv:"Id"`
			LastName string `csv:"LastName"`
		}
		if err := it.Decode(&page); err != nil {
			return err
		}
		count += len(page)
	}
	return errors.Join(it.Error(), expect(count >= 350, "%d by bulk", count))
}

func others(sf *salesforce.Salesforce) error {
	for path, part := range map[string]string{"/limits": "DailyApiRequests", "/sobjects/Lead/describe": "childRelationships", "/search?q=FIND+%7Bnobody%7D": "searchRecords"} {
		answer, err := sf.DoRequest(http.MethodGet, path, nil)
		if err != nil {
			return err
		}
		body, err := io.ReadAll(answer.Body)
		answer.Body.Close()
		if err != nil || !bytes.Contains(body, []byte(part)) {
			return fmt.Errorf("%s: %v %.200s", path, err, body)
		}
	}
	return nil
}

func refusals(sf *salesforce.Salesforce) error {
	var found []contact
	_, missing := sf.InsertOne("Lead", row{"LastName": "x"})
	return errors.Join(refused(sf.Query("SELECT Nope FROM Contact", &found), "INVALID_FIELD"),
		refused(sf.Query("SELEC", &found), "MALFORMED_QUERY"), refused(missing, "REQUIRED_FIELD_MISSING"))
}

func expired(sf *salesforce.Salesforce) error {
	if err := behind("switch", `{"name":"session_expire","value":""}`); err != nil {
		return err
	}
	var users []row
	err := sf.Query("SELECT Id FROM User LIMIT 1", &users) // it logs in again by itself
	return errors.Join(err, expect(len(users) == 1, "%v", users))
}

func compressed(*salesforce.Salesforce) error {
	sf, err := login(salesforce.WithCompressionHeaders(true))
	if err != nil {
		return err
	}
	made, err := sf.InsertOne("Lead", row{"LastName": "Zip", "Company": "C"})
	var leads []row
	return errors.Join(err, expect(made.Success, "%v", made),
		sf.Query("SELECT Id, LastName FROM Lead WHERE LastName = 'Zip'", &leads),
		expect(len(leads) == 1, "%v", leads))
}

func main() {
	sf, err := login()
	if err == nil {
		err = behind("switch", `{"name":"external_id","value":"Account.Ext__c"}`)
	}
	if err != nil {
		fmt.Println("not ok login:", err)
		os.Exit(1)
	}
	failed := 0
	for _, one := range []struct {
		name string
		run  func(*salesforce.Salesforce) error
	}{{"login by password and by token", byPassword}, {"create, read, update, delete", rows},
		{"upsert", upsert}, {"collections", collections}, {"composite", composite}, {"bulk", bulk},
		{"limits, describe, search", others}, {"errors", refusals}, {"expired session", expired},
		{"compressed bodies", compressed}} {
		if err := one.run(sf); err != nil {
			failed++
			fmt.Printf("not ok %s: %v\n", one.name, err)
		} else {
			fmt.Println("ok", one.name)
		}
	}
	if failed > 0 {
		os.Exit(1)
	}
}
