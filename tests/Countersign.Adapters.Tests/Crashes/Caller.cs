using System.Net;
using System.Text.Json;

namespace Countersign.Adapters.Tests.Crashes;

/// <summary>The calls that an application makes, each with its effect on what it remembers of a person.</summary>
sealed class Caller(HttpClient http)
{
    const string Base = $"/v2/Services/{ServerProcess.Service}";

    /// <summary>Starts or sends again. False when all sends are used up.</summary>
    public async Task<bool> SendAsync(Person person)
    {
        person.CutOff = Doing.Sending;
        var (status, body) = await PostAsync($"{Base}/Verifications", ("To", person.Number), ("Channel", "sms"));
        person.CutOff = Doing.Nothing;
        if (status == HttpStatusCode.TooManyRequests)
            return false;

        Assert.Equal(HttpStatusCode.Created, status);
        Assert.True(person.Sid is null || person.Sid == Text(body, "sid"), "A send of a pending verification made another one.");
        person.Sid = Text(body, "sid");
        person.Attempts.Add(body.GetProperty("send_code_attempts").EnumerateArray().Last().GetProperty("attempt_sid").GetString()!);
        return true;
    }

    /// <summary>Reads what the phone received, if anything yet.</summary>
    public async Task<int> LookAtPhoneAsync(Person person)
    {
        var messages = await GetAsync($"/sandbox/messages?to={Uri.EscapeDataString(person.Number)}");
        var mine = messages.GetProperty("messages").EnumerateArray().Where(message => Text(message, "verification_sid") == person.Sid).ToList();
        foreach (var code in mine.Select(message => Text(message, "code")))
        {
            Assert.True(person.Code is null || person.Code == code, "Two messages of one verification hold different codes.");
            person.Code = code;
        }

        return mine.Count;
    }

    public async Task GuessWrongAsync(Person person)
    {
        person.CutOff = Doing.GuessingWrong;
        var (status, body) = await CheckAsync(person, person.WrongCode);
        person.CutOff = Doing.Nothing;
        Assert.Equal(HttpStatusCode.OK, status);
        Assert.False(body.GetProperty("valid").GetBoolean());
        person.WrongGuesses++;
    }

    /// <summary>Types the code, or approves without one where it is not known.</summary>
    public async Task ApproveAsync(Person person)
    {
        person.CutOff = Doing.Ending;
        var (status, body) = person.Code is { } code
            ? await CheckAsync(person, code)
            : await PostAsync($"{Base}/Verifications/{person.Sid}", ("Status", "approved"));
        person.CutOff = Doing.Nothing;
        Assert.Equal(HttpStatusCode.OK, status);
        Assert.Equal("approved", Text(body, "status"));
        person.Approved = true;
    }

    public Task<(HttpStatusCode Status, JsonElement Body)> CheckAsync(Person person, string code) =>
        PostAsync($"{Base}/VerificationCheck", ("To", person.Number), ("Code", code));

    public Task<JsonElement> FetchAsync(Person person) => GetAsync($"{Base}/Verifications/{person.Sid}");

    public static string Text(JsonElement body, string name) => body.GetProperty(name).GetString()!;

    async Task<JsonElement> GetAsync(string path)
    {
        using var response = await http.GetAsync(path);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        return JsonElement.Parse(await response.Content.ReadAsStringAsync());
    }

    async Task<(HttpStatusCode Status, JsonElement Body)> PostAsync(string path, params (string Name, string Value)[] form)
    {
        using var content = new FormUrlEncodedContent(form.Select(field => KeyValuePair.Create(field.Name, field.Value)));
        using var response = await http.PostAsync(path, content);
        return (response.StatusCode, JsonElement.Parse(await response.Content.ReadAsStringAsync()));
    }
}
