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
  async errors(conn) {
    await assert.rejects(conn.query('SELECT Nope FROM Contact'), { errorCode: 'INVALID_FIELD' });
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
