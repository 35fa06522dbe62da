using System.Diagnostics;
using System.Net;
using System.Text.Json;

namespace Countersign.Bench.Endure.People;

/// <summary>An answer, or none: <see cref="IsKnown"/> is false when it was cut off or refused, and then it may have been done or not.</summary>
readonly record struct Answer(int Status, JsonElement Body)
{
    public bool IsKnown => Status is not (0 or 503);

    public string Reason => Body.TryGetProperty("details", out var details) && details.TryGetProperty("reason", out var reason) ? reason.GetString()! : "";

    public int Code => Body.TryGetProperty("code", out var code) && code.ValueKind == JsonValueKind.Number ? code.GetInt32() : 0;

    public string Text(string name) => Body.GetProperty(name).GetString()!;
}

/// <summary>The calls that an application makes, each compared with what is known of the person, and remembered.</summary>
sealed class Caller(Tally tally, bool clocksDiffer, Action<Person> remember)
{
    /// <summary>What a number is sent in an hour at most, as the server is shipped.</summary>
    const int MostInAnHour = 10;

    const string Base = $"/v2/Services/{Node.Service}";

    /// <summary>Starts or sends again. When contested, others do so for the number at the same time.</summary>
    public async Task SendAsync(Node node, Person person, bool contested = false)
    {
        var called = Stopwatch.GetTimestamp();
        var answer = await PostAsync(node, $"{Base}/Verifications", ("To", person.Number), ("Channel", "sms"));
        person.SendsInAll += !answer.IsKnown || answer.Status == 201 ? 1 : 0;
        if (!answer.IsKnown)
        {
            person.CutOffSends++;
        }
        else if (answer.Status == 201)
        {
            Sent(node, person, answer, new Asked(called, Stopwatch.GetTimestamp()));
        }
        else if (answer is not { Status: 429, Code: 60203 } || (person.Attempts.Count + person.CutOffSends < 5 && !contested))
        {
            var isDeserved = answer is { Status: 429, Code: 60202 } ? person.MayBeExhausted : answer is { Status: 429, Code: 20429 } && person.SendsInAll >= MostInAnHour;
            if (!isDeserved)
            {
                tally.CountWrong($"send: {answer.Status}/{answer.Code} {answer.Reason}");
            }
        }
    }

    /// <summary>Types a code, by number or by SID. When contested, others do so at the same time, and answers may come out of order.</summary>
    public async Task CheckAsync(Node node, Person person, string code, bool right, bool bySid, bool contested = false)
    {
        var answer = await PostAsync(node, $"{Base}/VerificationCheck", bySid ? ("VerificationSid", person.Sid!) : ("To", person.Number), ("Code", code));
        lock (person)
        {
            if (!answer.IsKnown)
            {
                person.CutOffGuesses++;
                person.MayBeApproved |= right;
            }
            else if (answer.Status == 200)
            {
                Checked(node, person, answer, right);
            }
            else if (!Explains(person, answer) && !(contested && (answer.Reason == "approved" || answer.Code == 60202)))
            {
                tally.CountWrong($"check: {answer.Status}/{answer.Code} {answer.Reason}");
            }
        }
    }

    public async Task CancelAsync(Node node, Person person)
    {
        var answer = await PostAsync(node, $"{Base}/Verifications/{person.Sid}", ("Status", "canceled"));
        if (!answer.IsKnown)
        {
            person.MayBeCanceled = true;
        }
        else if (answer.Status == 200 && answer.Text("status") == "canceled")
        {
            person.IsCanceled = true;
        }
        else if (!Explains(person, answer))
        {
            tally.CountWrong($"cancel: {answer.Status}/{answer.Code} {answer.Reason}");
        }
    }

    /// <summary>Fetches it, and compares what is said with what is known. Where nobody else acts on it meanwhile.</summary>
    public async Task LookAsync(Node node, Person person)
    {
        var answer = await FetchAsync(node, person);
        var wrong = answer.Status == 200 ? person.Contradiction(answer.Body, clocksDiffer) : answer.IsKnown ? $"{answer.Status}/{answer.Code} {answer.Reason}" : null;
        if (wrong is not null)
        {
            tally.CountWrong($"fetch: {wrong}");
        }
    }

    public Task<Answer> FetchAsync(Node node, Person person) => CallAsync(node, HttpMethod.Get, $"{Base}/Verifications/{person.Sid}", null);

    public Task<Answer> FetchAttemptAsync(Node node, string attempt) => CallAsync(node, HttpMethod.Get, $"/admin/v1/attempts/{attempt}", null);

    void Sent(Node node, Person person, Answer answer, Asked asked)
    {
        var sid = answer.Text("sid");
        if (person.Sid is not null && person.Sid != sid && clocksDiffer)
        {
            // By that node's clock the first one had run out: it stays as it was, and this is another.
            remember(person.StartAnew());
        }
        else if (person.Sid is not null && person.Sid != sid)
        {
            tally.CountWrong("send: another verification while the first was pending");
            return;
        }

        person.BegunByOlder = person.Sid is null ? node.Older is not null : person.BegunByOlder;
        person.Sid = sid;
        var sent = answer.Body.GetProperty("send_code_attempts").EnumerateArray().Select(attempt => attempt.GetProperty("attempt_sid").GetString()!).ToList();
        if (person.Attempts.Except(sent).Any())
        {
            tally.CountWrong("send: an earlier send is gone");
        }

        person.Attempts.Add(sent[^1]);
        person.AskedAt[sent[^1]] = asked;
    }

    void Checked(Node node, Person person, Answer answer, bool right)
    {
        person.Guesses++;
        if (answer.Text("status") == "approved")
        {
            person.Approvals++;
            tally.CountApproval(person.BegunByOlder, node.Older is not null);
            if (!right)
            {
                tally.CountWrong("check: a wrong code was approved");
            }
        }
        else if (right)
        {
            tally.CountWrong("check: the right code was refused");
        }

        if (person.IsCanceled)
        {
            tally.CountWrong("check: evaluated after the end was acknowledged");
        }
    }

    /// <summary>Whether what is known of the person explains that there is nothing to check any more.</summary>
    bool Explains(Person person, Answer answer) => answer switch
    {
        { Status: 429, Code: 60202 } => person.MayBeExhausted,
        { Status: 404, Reason: "approved" } => person.Approvals > 0 || person.MayBeApproved,
        { Status: 404, Reason: "canceled" } => person.IsCanceled || person.MayBeCanceled,
        { Status: 404, Reason: "max_attempts_reached" } => person.MayBeExhausted,
        { Status: 404, Reason: "expired" } => clocksDiffer,
        _ => false,
    };

    Task<Answer> PostAsync(Node node, string path, params (string Name, string Value)[] form) =>
        CallAsync(node, HttpMethod.Post, path, form);

    /// <summary>A path without what it begins with and without the SID that it may end in.</summary>
    static string NameOf(string path)
    {
        var name = path.Replace(Base, "", StringComparison.Ordinal);
        var last = name.LastIndexOf('/') + 1;
        return name.Length - last == 34 ? name[..last] + "{sid}" : name;
    }

    async Task<Answer> CallAsync(Node node, HttpMethod method, string path, (string Name, string Value)[]? form)
    {
        var (epoch, wasUp, begun) = (node.Epoch, node.IsUp, Stopwatch.GetTimestamp());
        try
        {
            using var request = new HttpRequestMessage(method, path);
            request.Content = form is null ? null : new FormUrlEncodedContent(form.Select(field => KeyValuePair.Create(field.Name, field.Value)));
            using var response = await node.Http.SendAsync(request);
            var answer = new Answer((int)response.StatusCode, JsonElement.Parse(await response.Content.ReadAsStringAsync()));
            tally.CountAnswer(Stopwatch.GetElapsedTime(begun), $"{method} {NameOf(path)}");
            if (answer.Status is 429 or 503 && response.Headers.RetryAfter is null)
            {
                tally.CountWrong($"{answer.Status} without Retry-After");
            }

            if (response.StatusCode == HttpStatusCode.ServiceUnavailable)
            {
                tally.CountRefusal();
            }

            return answer;
        }
        catch (Exception problem) when (problem is HttpRequestException or TaskCanceledException or IOException)
        {
            if (wasUp && node.IsUp && node.Epoch == epoch)
            {
                tally.CountWrong($"no answer: {(problem.InnerException ?? problem).GetType().Name}");
            }
            else
            {
                tally.CountCutOff();
            }

            return default;
        }
    }
}
