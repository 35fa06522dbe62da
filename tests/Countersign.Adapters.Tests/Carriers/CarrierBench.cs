using System.Security.Cryptography;
using Countersign.Core;
using Countersign.Core.Channels;
using Countersign.Core.Codes;
using Countersign.Core.Delivery;
using Countersign.Core.Delivery.Receipts;
using Countersign.Core.Messages;
using Countersign.Core.Numbers;
using Countersign.Core.Privacy;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace Countersign.Adapters.Tests.Carriers;

/// <summary>Makes carriers and messages for tests of adapters: fixed ids, a fictional number, the code 123456.</summary>
public static class CarrierBench
{
    public static readonly Sid Account = Sid.Parse("ACaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "AC");
    public static readonly Sid Attempt = Sid.Parse("VLaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "VL");
    public static readonly Sid Verification = Sid.Parse("VEaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "VE");
    public static readonly DateTimeOffset Now = new(2026, 11, 23, 12, 0, 0, TimeSpan.Zero);

    /// <summary>The number that messages go to, reserved for fiction.</summary>
    public const string Number = "+14155550100";

    /// <summary>The text that messages have.</summary>
    public const string Text = "Your Acme verification code is: 123456";

    /// <summary>Makes a carrier after checking its settings as the admin API does.</summary>
    public static ICarrier Create(ICarrierKind kind, Dictionary<string, string> settings, Dictionary<string, string>? secrets = null, Action<IReadOnlyList<Receipt>>? onReceipts = null)
    {
        secrets ??= [];
        Assert.Empty(CarrierSettings.Check(kind, settings, secrets));
        var time = new FakeTimeProvider(Now);
        var definition = new CarrierDefinition { AccountSid = Account, Name = "acme", Kind = kind.Name, Settings = settings, Secrets = secrets, CreatedAt = Now, UpdatedAt = Now };
        return kind.Create(new CarrierEnvironment
        {
            Definition = definition,
            Settings = new CarrierSettings(kind, settings, secrets),
            Time = time,
            Random = RandomSource.System,
            Sealer = new Sealer(NewRing(), RandomSource.System),
            CallbackAddress = new Uri($"https://verify.example.com/callbacks/acme/{Account}"),
            ReceiptsAsync = receipts =>
            {
                onReceipts?.Invoke(receipts);
                return Task.CompletedTask;
            },
            Logger = NullLogger.Instance,
        });
    }

    /// <summary>A text message; change it with <c>with</c>.</summary>
    public static OutgoingMessage Message(Channel channel = Channel.Sms, string number = Number, string text = Text)
    {
        Assert.True(PhoneNumber.TryParse(number, out var to, out _));
        return new OutgoingMessage
        {
            AttemptSid = Attempt,
            VerificationSid = Verification,
            AccountSid = Account,
            To = to,
            Channel = channel,
            Message = new RenderedMessage(text, "en", Segments.Count(text)),
            Code = new OneTimeCode("123456"),
            FriendlyName = "Acme",
            ExpiresAt = Now.AddMinutes(10),
            Voice = channel == Channel.Call ? Voice : null,
        };
    }

    /// <summary>A callback at the carrier's address, with what stands behind it (<c>/voice?x=1</c>), headers and body.</summary>
    public static CallbackRequest Callback(string rest, Dictionary<string, string> headers, string body, string method = "POST") => new()
    {
        Method = method,
        Url = $"https://verify.example.com/callbacks/acme/{Account}{rest}",
        Rest = rest.Split('?')[0],
        Headers = new Dictionary<string, string>(headers, StringComparer.OrdinalIgnoreCase),
        Body = System.Text.Encoding.UTF8.GetBytes(body),
        Now = Now,
    };

    static VoiceScript Voice => new()
    {
        Locale = "en",
        Greeting = "Hello. Acme calls with your code.",
        Announce = "Your code is",
        Digits = ["1", "2", "3", "4", "5", "6"],
        Again = "Once more:",
        PressKey = "Press any key to hear the code.",
        NoKey = "No key was pressed. Goodbye.",
        Goodbye = "Goodbye.",
        Repeats = 3,
    };

    static KeyRing NewRing() => new([(1, RandomNumberGenerator.GetBytes(RingKey.SecretBytes))], 1, 1);
}
