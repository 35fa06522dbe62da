using System.Net.Http.Headers;
using System.Text;

namespace Countersign.Server.Tests.Running;

/// <summary>Calls the API the way an SDK does: HTTP Basic, forms in, JSON out.</summary>
public sealed class ApiClient
{
    // One pool for all tests; nothing of a server or of credentials is kept in it.
    static readonly HttpClient Http = new(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false, UseProxy = false })
    {
        Timeout = RunningServer.Patience,
    };

    readonly Uri _address;
    readonly AuthenticationHeaderValue _credentials;

    public ApiClient(Uri address, string user, string secret)
    {
        (_address, User) = (address, user);
        _credentials = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{user}:{secret}")));
    }

    /// <summary>The Account or API key SID of these credentials.</summary>
    public string User { get; }

    /// <summary>The header that carries the credentials.</summary>
    public string Authorization => _credentials.ToString();

    public Task<Answer> GetAsync(string path) => SendAsync(HttpMethod.Get, path);

    public Task<Answer> DeleteAsync(string path) => SendAsync(HttpMethod.Delete, path);

    public Task<Answer> PostAsync(string path, params (string Name, string Value)[] fields) => SendAsync(HttpMethod.Post, path, Form(fields));

    public Task<Answer> PostJsonAsync(string path, string json) =>
        SendAsync(HttpMethod.Post, path, new StringContent(json, Encoding.UTF8, "application/json"));

    public Task<Answer> SendJsonAsync(HttpMethod method, string path, string json) =>
        SendAsync(method, path, new StringContent(json, Encoding.UTF8, "application/json"));

    /// <summary>Starts a verification of the preset service.</summary>
    public Task<Answer> StartAsync(string to, params (string Name, string Value)[] fields) =>
        PostAsync(RunningServer.ServicePath + "/Verifications", [("To", to), ("Channel", "sms"), .. fields]);

    /// <summary>Checks a code of the preset service.</summary>
    public Task<Answer> CheckAsync(string to, string code, params (string Name, string Value)[] fields) =>
        PostAsync(RunningServer.ServicePath + "/VerificationCheck", [("To", to), ("Code", code), .. fields]);

    public Task<Answer> SendAsync(HttpMethod method, string path, HttpContent? content = null)
    {
        var request = Request(method, path);
        request.Content = content;
        return SendAsync(request);
    }

    /// <summary>A request with these credentials, to be changed and sent. The path goes out exactly as it is.</summary>
    public HttpRequestMessage Request(HttpMethod method, string path)
    {
        var uri = new Uri(_address.GetLeftPart(UriPartial.Authority) + path, new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true });
        return new HttpRequestMessage(method, uri) { Headers = { Authorization = _credentials } };
    }

    /// <summary>Sends a request as it is, and disposes it.</summary>
    public static async Task<Answer> SendAsync(HttpRequestMessage request)
    {
        using var sent = request;
        using var response = await Http.SendAsync(sent);
        var headers = response.Headers.Concat(response.Content.Headers)
            .ToDictionary(header => header.Key, header => string.Join(", ", header.Value), StringComparer.OrdinalIgnoreCase);
        return new Answer((int)response.StatusCode, headers, await response.Content.ReadAsStringAsync());
    }

    static StringContent Form((string Name, string Value)[] fields)
    {
        // Not FormUrlEncodedContent: it refuses the long values that some tests send.
        var body = string.Join('&', fields.Select(field => $"{Uri.EscapeDataString(field.Name)}={Uri.EscapeDataString(field.Value)}"));
        var content = new StringContent(body, Encoding.UTF8);
        content.Headers.ContentType = new MediaTypeHeaderValue("application/x-www-form-urlencoded");
        return content;
    }
}
