using System.Text.Json;
using Countersign.Core;
using Countersign.Core.Guard.Refusals;
using Countersign.Core.Privacy;
using Countersign.Server.Api;
using Countersign.Server.Api.Forms;

namespace Countersign.Server.Admin;

/// <summary>Starts of the last days that were refused, so that nothing was sent, and why. Numbers and mailboxes are masked; who knows one finds what was refused to it.</summary>
sealed class RefusalAdminEndpoints(IRefusedStartStore refusals, DestinationIndex index, PublicAddress address)
{
    const string Path = "/admin/v1/refusals";

    public void Map(IEndpointRouteBuilder routes) => routes.MapGet(Path, AnswerMapping.Answering(ListAsync));

    async ValueTask<IResult> ListAsync(HttpContext context)
    {
        if (!Form.FromQuery(context.Request).TryGet(out var query, out var error) || !ListQuery.TryBind(context.Request, query, out var list, out error))
        {
            return error!;
        }

        var binder = new FormBinder(query);
        var to = DestinationQuery.Read(binder, NameOf(binder, "To", "to"));
        var service = binder.Sid(NameOf(binder, "ServiceSid", "service_sid"), "VA");
        if (binder.Error is not null)
        {
            return binder.Error;
        }

        var filter = new RefusedStartFilter(Caller.Of(context).AccountSid, service, to is null ? null : index.Of(to));
        var asked = (to is null ? "" : $"To={Uri.EscapeDataString(to.Reveal())}&") + (service is null ? "" : $"ServiceSid={service}&");
        return new RefusalListAnswer(await refusals.ListAsync(filter, list.Request, context.RequestAborted), list, asked, address.Of(context.Request));
    }

    /// <summary>As lists write it, or as most of the admin API does: a filter that was passed over would show what was refused to everybody.</summary>
    static string NameOf(FormBinder binder, string name, string other)
    {
        if (!binder.Has(other))
        {
            return name;
        }

        if (binder.Has(name))
        {
            binder.Invalid(other, null, "duplicated", $"Send {name} or {other}, not both.");
        }

        return other;
    }

    sealed class RefusalListAnswer(Page<RefusedStart> page, ListQuery list, string asked, string address) : JsonAnswer(StatusCodes.Status200OK)
    {
        protected override void Write(Utf8JsonWriter json)
        {
            json.WriteStartObject();
            json.WriteStartArray("refusals"u8);
            foreach (var refusal in page.Items)
            {
                json.WriteStartObject();
                json.WriteString("date_created"u8, VerificationJson.Date(refusal.At));
                json.WriteString("service_sid"u8, refusal.ServiceSid.ToString());
                json.WriteString("to"u8, refusal.MaskedTo);
                json.WriteString("country"u8, refusal.Country.Length > 0 ? refusal.Country : null);
                json.WriteString("channel"u8, refusal.Channel is { } channel ? Wire.Channel(channel) : "auto");
                json.WriteNumber("code"u8, refusal.Code);
                json.WriteString("reason"u8, refusal.Reason);
                json.WritePropertyName("details"u8);
                json.WriteRawValue(refusal.Details);
                json.WriteEndObject();
            }

            json.WriteEndArray();
            list.WriteMeta(json, $"{address}{Path}", "refusals", page, asked);
            json.WriteEndObject();
        }
    }
}
