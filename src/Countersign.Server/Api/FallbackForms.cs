using System.Text.Json;
using Countersign.Core.Channels;
using Countersign.Core.Numbers;
using Countersign.Core.Verifications;
using Countersign.Server.Api.Forms;

namespace Countersign.Server.Api;

/// <summary>
/// Reads a fallback plan: a list such as <c>[{"channel":"sms","wait":30},{"channel":"whatsapp"},{"channel":"email","to":"ann@example.com"}]</c>, in the parameter
/// <c>Fallback</c> (ours), or as the member <c>fallback</c> of <c>ChannelConfiguration</c>, which unmodified SDKs can send.
/// </summary>
static class FallbackForms
{
    const int DefaultWait = 30, MinWait = 10, MaxWait = 900;

    static readonly string[] Members = ["channel", "wait", "to"];

    /// <summary>
    /// The plan; null where none is given. <paramref name="first"/> is the channel that was asked for, which must lead the plan; null for any. <paramref name="to"/> is
    /// where the verification goes to; null where that is refused already.
    /// </summary>
    public static IReadOnlyList<FallbackStep>? Bind(FormBinder binder, Channel? first, Destination? to)
    {
        binder.RefuseMembers("Fallback");
        binder.RefuseMembers("ChannelConfiguration");
        var own = binder.Text("Fallback", 2, 2048);
        var configuration = binder.Text("ChannelConfiguration", 2, 4096);
        try
        {
            if (own is not null)
            {
                using var document = JsonDocument.Parse(own);
                return Read(binder, document.RootElement, first, to);
            }

            if (configuration is not null)
            {
                using var document = JsonDocument.Parse(configuration);
                return document.RootElement.ValueKind == JsonValueKind.Object && document.RootElement.TryGetProperty("fallback", out var plan) ? Read(binder, plan, first, to) : null;
            }
        }
        catch (Exception problem) when (problem is JsonException or InvalidOperationException)
        {
            // The latter for an escape that stands for half a character, in a name as in a value.
            if (own is not null || problem is InvalidOperationException)
            {
                Refuse(binder, "is not JSON");
            }
        }

        return null;
    }

    /// <summary>Reads a plan from JSON, with the rules that hold wherever one is given; the sentence says what is wrong.</summary>
    public static (IReadOnlyList<FallbackStep>? Plan, string? Problem) Read(JsonElement list, Channel? first)
    {
        if (list.ValueKind != JsonValueKind.Array || list.GetArrayLength() is 0 or > FallbackPlan.MaxSteps)
        {
            return (null, $"must be a list of 1 to {FallbackPlan.MaxSteps} steps");
        }

        var plan = new List<FallbackStep>();
        foreach (var item in list.EnumerateArray())
        {
            var (step, problem) = ReadStep(item);
            if (step is null)
            {
                return (null, problem);
            }

            if (plan.Exists(earlier => earlier.Channel == step.Channel))
            {
                return (null, "names a channel twice");
            }

            plan.Add(step);
        }

        return first is { } channel && plan[0].Channel != channel ? (null, "must begin with the Channel that is asked for") : (plan, null);
    }

    static IReadOnlyList<FallbackStep>? Read(FormBinder binder, JsonElement list, Channel? first, Destination? to)
    {
        var (plan, problem) = Read(list, first);
        if (problem is null && to is PhoneNumber && plan!.Any(static step => step is { Channel: Channel.Email, To: null }))
        {
            // It would be passed over each time, and whoever wrote it believe that there is a mail to come.
            problem = "must name a mailbox (to) in its step of email, since the verification is of a phone number";
        }

        if (problem is not null)
        {
            Refuse(binder, problem);
        }

        return plan;
    }

    static (FallbackStep? Step, string? Problem) ReadStep(JsonElement item)
    {
        if (item.ValueKind != JsonValueKind.Object || item.EnumerateObject().Any(member => !Members.Contains(member.Name)))
        {
            return (null, $"must hold objects with members out of: {string.Join(", ", Members)}");
        }

        Channel? channel = item.TryGetProperty("channel", out var name) && name.ValueKind == JsonValueKind.String ? name.GetString() switch
        {
            "sms" => Channel.Sms,
            "call" => Channel.Call,
            "whatsapp" => Channel.WhatsApp,
            "email" => Channel.Email,
            _ => null,
        } : null;
        if (channel is null)
        {
            return (null, "needs a channel in each step: sms, whatsapp, call or email");
        }

        var wait = DefaultWait;
        if (item.TryGetProperty("wait", out var seconds) && (seconds.ValueKind != JsonValueKind.Number || !seconds.TryGetInt32(out wait) || wait is < MinWait or > MaxWait))
        {
            return (null, $"must wait {MinWait} to {MaxWait} seconds in each step");
        }

        string? to = null;
        if (item.TryGetProperty("to", out var other))
        {
            if (other.ValueKind != JsonValueKind.String || channel != Channel.Email || !EmailAddress.TryParse(other.GetString()!, out var mailbox, out _))
            {
                return (null, "may name another destination only for email, and it must be a mailbox");
            }

            to = mailbox.Reveal();
        }

        return (new FallbackStep(channel.Value, wait, to), null);
    }

    static void Refuse(FormBinder binder, string problem) => binder.Invalid("Fallback", null, "invalid_plan", $"The fallback plan {problem}.");
}
