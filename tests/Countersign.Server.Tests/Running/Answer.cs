using System.Globalization;
using System.Text.Json;

namespace Countersign.Server.Tests.Running;

/// <summary>What the server answered.</summary>
public sealed record Answer(int Status, IReadOnlyDictionary<string, string> Headers, string Body)
{
    JsonElement? _json;

    public JsonElement Json => _json ??= JsonDocument.Parse(Body).RootElement;

    /// <summary>A member by its path, such as <c>details.reason</c>.</summary>
    public JsonElement At(string path) => path.Split('.').Aggregate(Json, (element, name) => element.GetProperty(name));

    public string? Text(string path) => At(path).GetString();

    public int Number(string path) => At(path).GetInt32();

    public bool IsNull(string path) => At(path).ValueKind == JsonValueKind.Null;

    public bool Has(string path)
    {
        var element = Json;
        foreach (var name in path.Split('.'))
        {
            if (element.ValueKind != JsonValueKind.Object || !element.TryGetProperty(name, out element))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>The members of an object, in the order in which they were written.</summary>
    public IEnumerable<string> NamesAt(string path) => (path.Length == 0 ? Json : At(path)).EnumerateObject().Select(member => member.Name);

    public Answer AssertStatus(int status)
    {
        Assert.True(Status == status, $"{status} expected, {Status} came: {Body}");
        return this;
    }

    /// <summary>A refusal in the envelope of the API.</summary>
    public Answer AssertError(int status, int code, string reason)
    {
        AssertStatus(status);
        Assert.Equal("application/json", Headers["Content-Type"]);
        Assert.Equal(["code", "message", "more_info", "status", "details"], NamesAt(""));
        Assert.Equal((code, reason), (Number("code"), Text("details.reason")));
        Assert.Equal(status, Number("status"));
        Assert.Matches(string.Create(CultureInfo.InvariantCulture, $"^https?://[^/]*/admin/v1/errors/{code}$"), Text("more_info"));
        return this;
    }

    /// <summary>A refusal that will pass, and says when, twice the same.</summary>
    public Answer AssertRetryIn(int seconds)
    {
        Assert.Equal(seconds, Number("details.retry_after"));
        Assert.Equal(seconds.ToString(CultureInfo.InvariantCulture), Headers["Retry-After"]);
        return this;
    }

    /// <summary>A wrong parameter, by its name.</summary>
    public Answer AssertInvalid(string parameter, string reason)
    {
        AssertError(400, 60200, reason);
        Assert.Equal(parameter, Text("details.parameter"));
        return this;
    }
}
