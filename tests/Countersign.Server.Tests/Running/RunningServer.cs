using Countersign.Core;
using Countersign.Core.Accounts;
using Countersign.Core.Delivery;
using Countersign.Core.Privacy;
using Countersign.Server.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;

namespace Countersign.Server.Tests.Running;

/// <summary>
/// The real server on a free port, with a data directory and a clock of its own. When it stops, whatever it logged at Trace is searched for the numbers,
/// codes and tokens that the tests used: a leak fails the run, whichever test caused it.
/// </summary>
public sealed class RunningServer : IAsyncLifetime
{
    public const string AccountSid = "ACaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
    public const string AuthToken = "a-token:with-a-colon-in-it";
    public const string ServiceSid = "VAbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb";
    public const string ServicePath = "/v2/Services/" + ServiceSid;

    /// <summary>What every wait for the server is bounded by. Never reached unless something is broken.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    readonly DirectoryInfo _data = Directory.CreateTempSubdirectory("countersign-test-");
    readonly string[] _settings;
    readonly Action<IServiceCollection>? _replace;
    readonly Secrets _secrets = new();
    WebApplication? _app;
    Task? _stopped;

    public RunningServer()
        : this([], null)
    {
    }

    RunningServer(string[] settings, Action<IServiceCollection>? replace)
    {
        (_settings, _replace) = (settings, replace);
        Clock = new FakeTimeProvider(new DateTimeOffset(2026, 3, 1, 12, 0, 0, TimeSpan.Zero));
        _secrets.Add(AuthToken);
    }

    /// <summary>A server of the test's own, with settings such as <c>--Countersign:PublicUrl</c>.</summary>
    public static async Task<RunningServer> StartAsync(string[] settings, Action<IServiceCollection>? replace = null)
    {
        var server = new RunningServer(settings, replace);
        await server.InitializeAsync();
        return server;
    }

    /// <summary>The server's clock. It stands still unless a test advances it.</summary>
    public FakeTimeProvider Clock { get; }

    public CapturedLogs Logs { get; } = new();

    /// <summary>The database file, for tests that break it.</summary>
    public string DatabasePath => Path.Combine(_data.FullName, "countersign.db");

    public IServiceProvider Services => _app!.Services;

    public Uri Address { get; private set; } = null!;

    /// <summary>Calls with the preset account's credentials.</summary>
    public ApiClient Api { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        string[] args =
        [
            "--urls", "http://127.0.0.1:0",
            "--Countersign:DataDirectory", _data.FullName,
            "--Countersign:Bootstrap:AccountSid", AccountSid,
            "--Countersign:Bootstrap:AuthToken", AuthToken,
            "--Countersign:Bootstrap:ServiceSid", ServiceSid,
            "--Logging:LogLevel:Default", "Trace",
            "--Logging:LogLevel:Microsoft.AspNetCore", "Trace",
            "--Logging:Console:LogLevel:Default", "None",
            .. _settings,
        ];
        _app = CountersignHost.Build(args, services =>
        {
            services.AddSingleton<TimeProvider>(Clock);
            services.AddSingleton<ILoggerProvider>(Logs);
            _replace?.Invoke(services);
        });
        await CountersignHost.StartAsync(_app);
        Address = new Uri(_app.Urls.First());
        Api = Client(AccountSid, AuthToken);
    }

    /// <summary>Stops it, and leaves what it has kept to be looked at.</summary>
    public Task StopAsync() => _stopped ??= _app!.StopAsync();

    public async ValueTask DisposeAsync()
    {
        if (_app is not null)
        {
            await StopAsync();
            await _app.DisposeAsync();
        }

        _data.Delete(recursive: true);
        _secrets.AssertAbsentFrom(Logs);
    }

    /// <summary>Calls with other credentials.</summary>
    public ApiClient Client(string user, string secret) => new(Address, user, secret);

    /// <summary>Calls of another account, which exists from now on.</summary>
    public async Task<ApiClient> NewAccountAsync()
    {
        var account = new Account
        {
            Sid = Sid.NewRandom("AC", RandomSource.System),
            FriendlyName = "Another account",
            AuthToken = ApiSecret.New(RandomSource.System),
            CreatedAt = Clock.GetUtcNow(),
        };
        await Services.GetRequiredService<IAccountStore>().SaveAccountAsync(account, CancellationToken.None);
        _secrets.Add(account.AuthToken.Reveal());
        return Client(account.Sid.ToString(), account.AuthToken.Reveal());
    }

    /// <summary>A new service of the preset account; its path.</summary>
    public async Task<string> NewServiceAsync(params (string Name, string Value)[] fields)
    {
        var answer = await Api.PostAsync("/v2/Services", fields.Any(field => field.Name == "FriendlyName") ? fields : [("FriendlyName", "Test"), .. fields]);
        answer.AssertStatus(201);
        return $"/v2/Services/{answer.Text("sid")}";
    }

    /// <summary>A number that no other test uses, reserved for fiction.</summary>
    public string NewNumber()
    {
        var number = FictionalNumber.Next();
        _secrets.Add(number[1..]);
        return number;
    }

    /// <summary>A text that must not be in the log either; at least six characters.</summary>
    public string Secret(string text)
    {
        _secrets.Add(text);
        return text;
    }

    /// <summary>Waits until the virtual phone of a number has so many messages; they are newest first.</summary>
    public async Task<IReadOnlyList<VirtualPhoneMessage>> MessagesAsync(string to, int count)
    {
        var phones = Services.GetRequiredService<VirtualPhones>();
        var account = Sid.Parse(AccountSid, "AC");
        using var watcher = phones.Watch(account)!;
        while (true)
        {
            var messages = phones.Read(account, to, count);
            if (messages.Count == count)
            {
                foreach (var message in messages)
                {
                    _secrets.Add(message.Code.Reveal());
                }

                return messages;
            }

            await watcher.Messages.ReadAsync().AsTask().WaitAsync(Patience);
        }
    }

    /// <summary>The code that a number got with its latest of so many messages.</summary>
    public async Task<string> CodeAsync(string to, int messages = 1) => (await MessagesAsync(to, messages))[0].Code.Reveal();

    /// <summary>After whatever was done to it the server takes a person through a whole verification, and it logged no error.</summary>
    public async Task AssertWorksAsync()
    {
        var path = await NewServiceAsync();
        var number = NewNumber();
        (await Api.PostAsync(path + "/Verifications", ("To", number), ("Channel", "sms"))).AssertStatus(201);
        var check = await Api.PostAsync(path + "/VerificationCheck", ("To", number), ("Code", await CodeAsync(number)));

        Assert.Equal("approved", check.AssertStatus(200).Text("status"));
        Assert.DoesNotContain(Logs.Lines, line => line.Level >= LogLevel.Error);
    }

    /// <summary>A code of the same length that is wrong in its first digit.</summary>
    public static string Wrong(string code) => (code[0] == '0' ? '1' : '0') + code[1..];
}
