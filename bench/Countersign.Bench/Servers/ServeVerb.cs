using System.Diagnostics;
using System.Text;
using Countersign.Core;
using Countersign.Core.Accounts;
using Countersign.Core.Channels;
using Countersign.Core.Codes;
using Countersign.Core.Delivery;
using Countersign.Core.Numbers;
using Countersign.Core.Privacy;
using Countersign.Core.Verifications;
using Countersign.Server.Api;
using Countersign.Server.Api.Forms;
using Countersign.Server.Hosting;

namespace Countersign.Bench.Servers;

/// <summary>
/// The server as it is in production, and beside its routes the bare one that a start is compared with, and two that the driver reads between phases.
/// Takes the server's own settings; ends when its input ends, so that it never outlives its driver.
/// </summary>
static class ServeVerb
{
    public static async Task<int> RunAsync(string[] args)
    {
        if (args.Contains("--help"))
        {
            Console.WriteLine("usage: ./bench.sh serve [settings of the server]      (ends when its input ends)");
            return 0;
        }

        var app = SteppedClock.TryTake(ref args, out var clock)
            ? CountersignHost.Build(args, services => services.AddSingleton<TimeProvider>(clock))
            : CountersignHost.Build(args);
        MapBare(app);
        MapReadings(app);
        MapTiming(app);
        await CountersignHost.StartAsync(app);
        await Crowds.LetInAsync(app, app.Configuration["Countersign:Bootstrap:ServiceSid"] ?? throw new UsageException("serve needs preset credentials."));
        _ = Task.Factory.StartNew(() => EndWithInput(app), TaskCreationOptions.LongRunning);
        await app.WaitForShutdownAsync();
        return 0;
    }

    /// <summary>Reads the form that a start reads and writes the JSON that a start writes, and does nothing in between.</summary>
    static void MapBare(WebApplication app)
    {
        var verification = SomeVerification();
        var address = app.Services.GetRequiredService<PublicAddress>();
        app.MapPost("/bare", AnswerMapping.Answering(async context =>
        {
            var read = await FormReader.ReadAsync(context.Request, context.RequestAborted);
            return read.TryGet(out _, out var error)
                ? new VerificationAnswer(StatusCodes.Status201Created, verification, verification.CreatedAt, [Core.Channels.Channel.Sms], address.Of(context.Request), line: null)
                : error;
        }));
    }

    static void MapReadings(WebApplication app)
    {
        var outbox = app.Services.GetRequiredService<IOutbox>();
        var allocated = new AllocationMeter();
        app.MapGet("/bench/state", async context =>
        {
            var depth = await outbox.DepthAsync(context.RequestAborted);
            var paused = (long)GC.GetTotalPauseDuration().TotalMicroseconds;
            var compiling = (long)System.Runtime.JitInfo.GetCompilationTime().TotalMicroseconds;
            await context.Response.WriteAsync(
                $"{allocated.Total} {depth.Waiting} {GC.CollectionCount(0)} {GC.CollectionCount(2)} {paused} {GC.GetTotalMemory(forceFullCollection: false)} {compiling}");
        });

        // The virtual phones' own list of messages ends at 1,000: this one gives the newest of any number, a line each.
        var phones = app.Services.GetRequiredService<VirtualPhones>();
        var account = Sid.Parse(app.Configuration["Countersign:Bootstrap:AccountSid"] ?? throw new UsageException("serve needs preset credentials."), "AC");
        app.MapGet("/bench/codes/{count:int}", async (HttpContext context, int count) =>
        {
            var lines = new StringBuilder();
            foreach (var message in phones.Read(account, null, count))
            {
                lines.Append(message.To).Append(' ').Append(message.Code.Reveal()).Append('\n');
            }

            await context.Response.WriteAsync(lines.ToString());
        });
    }

    /// <summary>For what compares times: a leak of known size, and identities to be refused with.</summary>
    static void MapTiming(WebApplication app)
    {
        app.MapPost("/bench/spin/{microseconds:int}", (HttpContext context, int microseconds) =>
        {
            var begun = Stopwatch.GetTimestamp();
            while (Stopwatch.GetElapsedTime(begun).TotalMicroseconds < microseconds)
            {
            }

            context.Response.ContentLength = 0;
            return Task.CompletedTask;
        });

        // An account beside the preset one, with its token, and a key of the preset one, without its secret.
        var accounts = app.Services.GetRequiredService<IAccountStore>();
        var hasher = app.Services.GetRequiredService<SecretHasher>();
        app.MapGet("/bench/identities", async context =>
        {
            var now = TimeProvider.System.GetUtcNow();
            var other = new Account { Sid = Sid.NewRandom("AC", RandomSource.System), FriendlyName = "Other", AuthToken = ApiSecret.New(RandomSource.System), CreatedAt = now };
            var key = new ApiKey
            {
                Sid = Sid.NewRandom("SK", RandomSource.System),
                AccountSid = Sid.Parse(app.Configuration["Countersign:Bootstrap:AccountSid"]!, "AC"),
                FriendlyName = "Key",
                SecretHash = hasher.Hash(ApiSecret.New(RandomSource.System)),
                CreatedAt = now,
            };
            await accounts.SaveAccountAsync(other, CancellationToken.None);
            await accounts.CreateKeyAsync(key, CancellationToken.None);
            await context.Response.WriteAsync($"{other.Sid}:{other.AuthToken.Reveal()} {key.Sid}");
        });
    }

    static Verification SomeVerification()
    {
        var now = TimeProvider.System.GetUtcNow();
        return new Verification
        {
            Sid = Sid.NewOrdered("VE", now, RandomSource.System),
            ServiceSid = Sid.NewRandom("VA", RandomSource.System),
            AccountSid = Sid.NewRandom("AC", RandomSource.System),
            To = PhoneNumber.Restore("+14155550123"),
            Status = VerificationStatus.Pending,
            Channel = Channel.Sms,
            CreatedAt = now,
            UpdatedAt = now,
            ExpiresAt = now + TimeSpan.FromMinutes(10),
            Checks = 0,
            Code = new CodeSeed { KeyId = 1, Nonce = new byte[16], Length = 6 },
            Details = new VerificationDetails(),
            Attempts = [new SendAttempt(Sid.NewOrdered("VL", now, RandomSource.System), now, Channel.Sms)],
        };
    }

    static void EndWithInput(WebApplication app)
    {
        using var input = Console.OpenStandardInput();
        while (input.ReadByte() >= 0)
        {
        }

        app.Lifetime.StopApplication();
    }
}
