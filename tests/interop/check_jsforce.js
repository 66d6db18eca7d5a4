// What jsforce sees of the simulated org: each call as its manual shows it.
'use strict';
const assert = require('node:assert/strict');
const jsforce = require('jsforce');

const url = process.env.ORG_URL;
const version = '60.0';
const app = { loginUrl: url, clientId: 'orgsim-client', clientSecret: 'orgsim-secret' };

async function behind(path, body) {
  const answer = await fetch(`${url}/_orgsim/${path}`, { method: 'POST', body: JSON.stringify(body) });
  assert.equal(answer.status, 200, await answer.text());
}

const checks = {
  async 'login by password'() {
    const conn = new jsforce.Connection({ oauth2: app, version });
    const user = await conn.login('integration@example.com', 'secrettoken');
    assert.match(user.id, /^005/);
    await assert.rejects(conn.login('integration@example.com', 'wrong'), /authentication failure/);
  },
  async 'login by authorization code, then refresh'() {
    const oauth2 = new jsforce.OAuth2({ ...app, redirectUri: 'http://localhost/cb', useVerifier: true });
    const page = oauth2.getAuthorizationUrl({ scope: 'api refresh_token', state: 'x y' });
    const redirect = await fetch(`${page}&orgsim_allow=1`, { redirect: 'manual' });
    const back = new URL(redirect.headers.get('location'));
    assert.equal(back.searchParams.get('state'), 'x y');
    const conn = new jsforce.Connection({ oauth2, version });
    await conn.authorize(back.searchParams.get('code'));
    let refreshed = 0;
    conn.on('refresh', () => { refreshed += 1; });
    await behind('switch', { name: 'session_expire', value: '' });
    assert.equal((await conn.query('SELECT Id FROM User')).done, true);
    assert.equal(refreshed, 1);
    assert.equal((await conn.identity()).username, 'integration@example.com');
  },
  async describe(conn) {
    const { sobjects } = await conn.describeGlobal();
    assert.ok(sobjects.some((o) => o.name === 'Lead' && o.createable));
    const { fields } = await conn.sobject('Contact').describe();
    assert.equal(fields.find((f) => f.name === 'Email').type, 'email');
  },
  async 'query with paging'(conn) {
    const people = Array.from({ length: 450 }, (_, i) => ({ LastName: `P${i}`, Email: `p${i}@x.example` }));
    const saved = await conn.sobject('Contact').create(people, { allowRecursive: true });
    assert.ok(saved.every((one) => one.success));
    const first = await conn.query("SELECT Id, Account.Name FROM Contact WHERE Email LIKE '%@x.example'");
    assert.equal(first.totalSize, 450);
    assert.equal(first.done, false);
    const more = await conn.queryMore(first.nextRecordsUrl);
    assert.equal(first.records.length + more.records.length, 400);
    const all = await conn.query("SELECT Id FROM Contact WHERE Email LIKE '%@x.example'")
      .run({ autoFetch: true, maxFetch: 1000 });
    assert.equal(all.records.length, 450);
    const one = await conn.sobject('Contact').find({ Email: 'P7@X.example' }, ['LastName']).limit(1);
    assert.equal(one[0].LastName, 'P7');
  },
  async 'create, read, update, delete'(conn) {
    const Lead = conn.sobject('Lead');
    const made = await Lead.create({ LastName: "O'Neil", Company: 'Acme', Email: 'Shaq@Acme.example' });
    assert.equal(made.success, true);
    const read = await Lead.retrieve(made.id);
    assert.equal(read.Email, 'shaq@acme.example');
    await Lead.update({ Id: made.id, Title: 'Center', Phone: null });
    assert.equal((await Lead.retrieve(made.id)).Title, 'Center');
    await Lead.destroy(made.id);
    await assert.rejects(Lead.retrieve(made.id), { errorCode: 'ENTITY_IS_DELETED' });
  },
  async upsert(conn) {
    await behind('switch', { name: 'external_id', value: 'Account.Ext__c' });
    const Account = conn.sobject('Account');
    const first = await Account.upsert({ Ext__c: 'a1', Name: 'One' }, 'Ext__c');
    assert.equal(first.created, true);
    const second = await Account.upsert({ Ext__c: 'a1', Name: 'Uno' }, 'Ext__c');
    assert.equal(second.id, first.id);
    assert.equal((await Account.retrieve(first.id)).Name, 'Uno');
  },
  async collections(conn) {
    const result = await conn.sobject('Contact').create([{ LastName: 'A' }, { FirstName: 'B' }]);
    assert.deepEqual(result.map((one) => one.success), [true, false]);
    assert.equal(result[1].errors[0].statusCode, 'REQUIRED_FIELD_MISSING');
    const gone = await conn.sobject('Contact').destroy([result[0].id]);
    assert.equal(gone[0].success, true);
  },
  async composite(conn) {
    const answer = await conn.requestPost(`/services/data/v${version}/composite`, {
      allOrNone: true,
      compositeRequest: [
        { method: 'POST', url: `/services/data/v${version}/sobjects/Account`, referenceId: 'a', body: { Name: 'C' } },
        { method: 'POST', url: `/services/data/v${version}/sobjects/Contact`, referenceId: 'c',
          body: { LastName: 'D', AccountId: '@{a.id}' } }],
    });
    assert.deepEqual(answer.compositeResponse.map((part) => part.httpStatusCode), [201, 201]);
  },
  async 'bulk ingest'(conn) {
    const rows = [{ LastName: 'Bulk, "1"', Title: 'a\nb' }, { LastName: '', Title: 'x' }, { LastName: 'Bulk 3', Title: '' }];
    const told = await conn.bulk2.loadAndWaitForResults({
      object: 'Contact', operation: 'insert', input: rows, pollTimeout: 20000, pollInterval: 100,
    });
    assert.equal(told.successfulResults.length, 2);
    assert.ok(told.successfulResults.every((row) => /^003/.test(row.sf__Id) && row.sf__Created === 'true'));
    assert.ok(told.successfulResults.some((row) => row.LastName === 'Bulk, "1"' && row.Title === 'a\nb'));
    assert.equal(told.failedResults.length, 1);
    assert.match(told.failedResults[0].sf__Error, /^REQUIRED_FIELD_MISSING:/);
    assert.equal(told.unprocessedRecords.length, 0);
    const job = conn.bulk2.createJob({ operation: 'insert', object: 'Contact' });
    await job.open();
    await job.abort();
    assert.equal((await job.check()).state, 'Aborted');
  },
  async 'bulk query'(conn) {
    // one page: of several, jsforce 3 writes into a stream that the first has ended
    const stream = await conn.bulk2.query("SELECT Id, LastName FROM Contact WHERE Email LIKE '%@x.example'",
      { pollInterval: 100, pollTimeout: 20000 });
    const rows = await stream.toArray();
    assert.equal(rows.length, 450);
    assert.ok(rows.every((row) => /^003/.test(row.Id) && /^P\d+$/.test(row.LastName)));
    await assert.rejects(conn.bulk2.query('SELECT COUNT(Id) FROM Contact'), { errorCode: 'API_ERROR' });
  },
  async 'describe with relationships, and what it leaves out'(conn) {
    const { childRelationships } = await conn.sobject('Account').describe();
    assert.ok(childRelationships.some((one) => one.childSObject === 'Contact' && one.field === 'AccountId'
      && one.relationshipName === 'Contacts'));
    await behind('switch', { name: 'field_hidden', value: 'Lead.Rating' });
    const { fields } = await conn.sobject('Lead').describe();
    assert.ok(!fields.some((field) => field.name === 'Rating'));
    await behind('switch', { name: 'field_hidden', value: 'off' });
  },
  async 'nested, grouped and counted queries'(conn) {
    const made = await conn.sobject('Account').create({ Name: 'Nest' });
    await conn.sobject('Contact').create(['x', 'y'].map((LastName) => ({ LastName, AccountId: made.id })));
    const nest = await conn.query("SELECT Name, (SELECT LastName FROM Contacts ORDER BY LastName DESC) FROM Account WHERE Name = 'Nest'");
    assert.deepEqual(nest.records[0].Contacts.records.map((one) => one.LastName), ['y', 'x']);
    const groups = await conn.query(`SELECT AccountId, COUNT(Id) n FROM Contact WHERE AccountId = '${made.id}' GROUP BY AccountId HAVING COUNT(Id) > 1`);
    assert.equal(groups.records[0].n, 2);
    assert.equal(await conn.sobject('Contact').count({ AccountId: made.id }), 2);
    const found = await conn.sobject('Account').find({ Name: { $like: 'Ne%' }, CreatedDate: { $gte: jsforce.Date.YESTERDAY } })
      .include('Contacts').select('LastName').end().sort('-Name').limit(5);
    assert.equal(found.length, 1);
    assert.equal(found[0].Contacts.totalSize, 2);
    assert.ok((await conn.query('SELECT Id FROM Account').explain()).plans.length > 0);
  },
  async 'update and delete of collections'(conn) {
    const made = await conn.sobject('Contact').create([{ LastName: 'U1' }, { LastName: 'U2' }]);
    const told = await conn.sobject('Contact').update(made.map(({ id }, i) => ({ Id: id, Title: `t${i}` })));
    assert.ok(told.every((one) => one.success));
    const rows = await conn.sobject('Contact').retrieve(made.map((one) => one.id));
    assert.deepEqual(rows.map((one) => one.Title), ['t0', 't1']);
    const bad = await conn.sobject('Contact').create([{ LastName: 'ok' }, {}], { allOrNone: true });
    assert.deepEqual(bad.map((one) => one.errors[0].statusCode).sort(),
      ['ALL_OR_NONE_OPERATION_ROLLED_BACK', 'REQUIRED_FIELD_MISSING']);
    await conn.sobject('Contact').find({ LastName: { $in: ['U1', 'U2'] } }).destroy({ allowBulk: false });
    assert.equal(await conn.sobject('Contact').count({ LastName: { $in: ['U1', 'U2'] } }), 0);
  },
  async 'upsert of many, and one key on two'(conn) {
    const told = await conn.sobject('Account').upsert([{ Ext__c: 'm1', Name: 'M1' }, { Ext__c: 'm2', Name: 'M2' }], 'Ext__c');
    assert.deepEqual(told.map((one) => one.created), [true, true]);
    for (const LastName of ['Twin', 'Twain']) {
      await conn.sobject('Contact').create({ LastName, Email: 'twin@x.example' });
    }
    const answer = await fetch(`${url}/services/data/v${version}/sobjects/Contact/Email/twin%40x.example`, {
      method: 'PATCH', body: '{"Title":"x"}',
      headers: { Authorization: `Bearer ${conn.accessToken}`, 'Content-Type': 'application/json' } });
    assert.equal(answer.status, 300);
    assert.equal((await answer.json()).length, 2);
  },
  async tree(conn) {
    const path = `/services/data/v${version}/composite/tree/Account`;
    const record = (name, last) => ({ attributes: { type: 'Account', referenceId: name }, Name: name,
      Contacts: { records: [{ attributes: { type: 'Contact', referenceId: `${name}c` }, ...last }] } });
    const told = await conn.requestPost(path, { records: [record('t1', { LastName: 'T' })] });
    assert.equal(told.hasErrors, false);
    assert.equal(told.results.length, 2);
    await assert.rejects(conn.requestPost(path, { records: [record('t2', {})] }));
    assert.equal(await conn.sobject('Account').count({ Name: 't2' }), 0);
  },
  async search(conn) {
    await conn.sobject('Account').create({ Name: 'Seekable Ltd', Phone: '555 7777' });
    assert.equal((await conn.search('FIND {Seekable} RETURNING Account(Id, Name)')).searchRecords.length, 0);
    await behind('clock', { advance_ms: 61000 }); // the index is behind
    const { searchRecords } = await conn.search('FIND {Seek*} IN ALL FIELDS RETURNING Account(Id, Name), Lead(Id)');
    assert.equal(searchRecords[0].Name, 'Seekable Ltd');
    await assert.rejects(conn.search('FIND {x}'), { errorCode: 'MALFORMED_SEARCH' });
  },
  async 'limits and counts'(conn) {
    const limits = await conn.limits();
    assert.ok(limits.DailyApiRequests.Remaining < limits.DailyApiRequests.Max);
    await behind('switch', { name: 'app_usage', value: '17/250(appName=crm)' });
    await conn.query('SELECT Id FROM User LIMIT 1');
    assert.ok(conn.limitInfo.apiUsage.used > 0);
    await behind('switch', { name: 'app_usage', value: 'off' });
    const { sObjects } = await conn.request(`/services/data/v${version}/limits/recordCount?sObjects=User`);
    assert.ok(sObjects[0].count >= 5);
  },
  async 'list views'(conn) {
    await behind('switch', { name: 'list_view', value: "Account.Nests=Name = 'Nest'" });
    const Account = conn.sobject('Account');
    const { listviews } = await Account.listviews();
    const view = Account.listview(listviews.find((one) => one.developerName === 'Nests').id);
    assert.match((await view.describe()).query, /WHERE Name = 'Nest'/);
    assert.equal((await view.results()).size, 1);
    assert.ok((await view.explain()).plans.length > 0);
  },
  async reports(conn) {
    await behind('switch', { name: 'report', value: 'Nests=SELECT Name, Phone FROM Account ORDER BY Name' });
    const [{ id, name }] = await conn.analytics.reports();
    assert.equal(name, 'Nests');
    const report = conn.analytics.report(id);
    assert.deepEqual((await report.describe()).reportMetadata.detailColumns, ['Name', 'Phone']);
    const all = await report.execute({ details: true });
    assert.ok(all.factMap['T!T'].rows.length > 1);
    const one = await report.execute({ details: true, metadata: { reportMetadata: {
      reportFilters: [{ column: 'Name', operator: 'equals', value: 'Nest' }] } } });
    assert.equal(one.factMap['T!T'].rows.length, 1);
    const instance = await report.executeAsync({ details: true });
    assert.equal(instance.status, 'New');
    await new Promise((resume) => { setTimeout(resume, 500); });
    assert.equal((await report.instances()).length, 1);
    assert.ok((await report.instance(instance.id).retrieve()).factMap['T!T']);
  },
  async 'changes and deletions'(conn) {
    const made = await conn.sobject('Lead').create({ LastName: 'Gone', Company: 'C' });
    await conn.sobject('Lead').destroy(made.id);
    await behind('clock', { advance_ms: 120000 });
    const [from, until] = [-3600000, 240000].map((ms) => new Date(Date.now() + ms).toISOString());
    const gone = await conn.sobject('Lead').deleted(from, until);
    assert.ok(gone.deletedRecords.some((one) => one.id === made.id));
    assert.ok((await conn.sobject('Account').updated(from, until)).ids.length > 0);
    const all = await conn.query(`SELECT IsDeleted FROM Lead WHERE Id = '${made.id}'`, { scanAll: true });
    assert.equal(all.records[0].IsDeleted, true);
  },
  async 'what the org is unkind about'(conn) {
    await behind('switch', { name: 'duplicate_rule', value: 'Lead.Email=block' });
    const lead = { LastName: 'Dup', Company: 'C', Email: 'dup@x.example' };
    await conn.sobject('Lead').create(lead);
    await assert.rejects(conn.sobject('Lead').create(lead), { errorCode: 'DUPLICATES_DETECTED' });
    await behind('switch', { name: 'duplicate_rule', value: 'off' });
    await behind('switch', { name: 'validation', value: 'Lead.Title != null:Title is required here' });
    await assert.rejects(conn.sobject('Lead').create({ LastName: 'V', Company: 'C' }),
      { errorCode: 'FIELD_CUSTOM_VALIDATION_EXCEPTION', message: 'Title is required here' });
    await behind('switch', { name: 'validation', value: 'off' });
    await behind('fault', { kind: '401', on: '/services/data' });
    let refreshed = 0;
    const fresh = new jsforce.Connection({ instanceUrl: url, accessToken: conn.accessToken, version,
      refreshFn: async (one, tell) => {
        refreshed += 1;
        const again = new jsforce.Connection({ oauth2: app, version });
        await again.authorize({ grant_type: 'client_credentials' });
        tell(null, again.accessToken);
      } });
    assert.equal((await fresh.query('SELECT Id FROM User LIMIT 1')).totalSize, 1);
    assert.equal(refreshed, 1);
  },
  async errors(conn) {
    await assert.rejects(conn.query('SELECT Nope FROM Contact'),
      (err) => err.errorCode === 'INVALID_FIELD' && /ERROR at Row:1:Column:8/.test(err.message));
    await assert.rejects(conn.query('SELEC'), { errorCode: 'MALFORMED_QUERY' });
    await assert.rejects(conn.sobject('Nope').describe(), { errorCode: 'NOT_FOUND' });
    await assert.rejects(conn.sobject('Lead').create({ LastName: 'x' }), (err) => {
      assert.equal(err.errorCode, 'REQUIRED_FIELD_MISSING');
      return true;
    });
    assert.ok(conn.limitInfo.apiUsage.used > 0);
  },
};

async function main() {
  const conn = new jsforce.Connection({ oauth2: app, version });
  let failed = 0;
  for (const [name, check] of Object.entries(checks)) {
    try {
      await conn.authorize({ grant_type: 'client_credentials' }); // one of them lets tokens die
      await check(conn);
      console.log(`ok ${name}`);
    } catch (err) {
      failed += 1;
      console.log(`not ok ${name}: ${err.stack}`);
    }
  }
  process.exit(failed ? 1 : 0);
}

main();
