using System.Runtime.CompilerServices;
using Countersign.Core;
using Countersign.Core.Lookups;
using Countersign.Core.Messages.Templates;
using Countersign.Core.Numbers;
using Countersign.Core.Services;
using Countersign.Core.Verifications;
using Countersign.Server.Api.Errors;
using Countersign.Server.Api.Forms;

namespace Countersign.Server.Api;

/// <summary>Verifications of a service: start or resend, fetch, end.</summary>
sealed class VerificationEndpoints(
    IServiceStore services, CreateVerification create, FetchVerification fetch, UpdateVerification update, OpenChannels channels, TemplateCatalog templates, NumberingPlanSource lines,
    PublicAddress address, RefusedStarts refusals)
{
    static readonly (string Name, VerificationStatus Value)[] NewStatuses =
        [("approved", VerificationStatus.Approved), ("canceled", VerificationStatus.Canceled)];

    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPost("/v2/Services/{service}/Verifications", AnswerMapping.Answering(CreateAsync));
        routes.MapGet("/v2/Services/{service}/Verifications/{name}", AnswerMapping.Answering(FetchAsync));
        routes.MapPost("/v2/Services/{service}/Verifications/{name}", AnswerMapping.Answering(UpdateAsync));
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    async ValueTask<IResult> CreateAsync(HttpContext context)
    {
        var ct = context.RequestAborted;
        if (await ServiceLookup.FindAsync(services, context, ct) is not { } service)
        {
            return ApiErrors.NotFound(context.Request.Path);
        }

        var read = await FormReader.ReadAsync(context.Request, ct);
        if (!read.TryGet(out var form, out var error))
        {
            return error;
        }

        if (!VerificationForms.TryBindStart(form, service, templates, out var command, out error))
        {
            return error;
        }

        if (command.Details.Fallback is not null && NamesMailbox(command) && !Caller.Of(context).Access.Permits(RoutePermissions.MailboxOfPlan))
        {
            return ApiErrors.NotPermitted(RoutePermissions.MailboxOfPlan);
        }

        return await create.RunAsync(command, ct) switch
        {
            CreateVerificationResult.Sent sent => new VerificationAnswer(StatusCodes.Status201Created, sent.Verification, sent.Now, channels.Of(service, sent.Verification), address.Of(context.Request), LineOf(service, sent.Verification), sent.NextSendIn),
            CreateVerificationResult.SendsExhausted refused => Refuse(command, ApiErrors.MaxSends(refused.RetryIn)),
            CreateVerificationResult.ChecksExhausted refused => Refuse(command, ApiErrors.MaxChecksInARow(refused.RetryIn)),
            CreateVerificationResult.OtherCodePending refused => ApiErrors.InvalidParameter(
                "CustomCode", null, "other_code_pending", "A verification with another code, or with this one for another amount or payee, is pending for this destination. Cancel it first, or send the same CustomCode, Amount and Payee.")
                .With("verification_sid", refused.Pending.ToString()),
            CreateVerificationResult.FeatureNotEnabled refused => ApiErrors.FeatureNotEnabled(refused.Setting),
            CreateVerificationResult.AmountAndPayeeRequired => ApiErrors.AmountPayeeRequired(),
            CreateVerificationResult.ChannelDisabled refused => Refuse(command, ApiErrors.ChannelDisabled(Wire.Channel(refused.Channel), [.. refused.Open.Select(Wire.Channel)])),
            CreateVerificationResult.Refused refused => Refuse(command, GuardErrors.Guarded(refused.Refusal)),
            CreateVerificationResult.NoChannel => Refuse(command, ApiErrors.NoChannelSelectable()),
            CreateVerificationResult.NotForPayments refused => ApiErrors.NotForPayments(refused.Channel == Core.Channels.Channel.Call ? "Call" : "WhatsApp"),
            var other => throw new InvalidOperationException($"No answer for {other.GetType().Name}."),
        };
    }

    /// <summary>Whether the plan goes to somewhere else than the verification does. Apart, since a closure would be made for each start.</summary>
    static bool NamesMailbox(CreateVerificationCommand command) => command.Details.Fallback!.Any(step => step.To is not null && step.To != command.To.Reveal());

    ApiError Refuse(CreateVerificationCommand command, ApiError refusal)
    {
        refusals.Tell(command.Service, command.To, command.IsAuto ? null : command.Channel, refusal);
        return refusal;
    }

    async ValueTask<IResult> FetchAsync(HttpContext context)
    {
        var ct = context.RequestAborted;
        if (await ServiceLookup.FindAsync(services, context, ct) is not { } service)
        {
            return ApiErrors.NotFound(context.Request.Path);
        }

        if (!TryReadName(context, out var name, out var error))
        {
            return error;
        }

        return await fetch.RunAsync(service, name, ct) switch
        {
            FetchVerificationResult.Found found => new VerificationAnswer(StatusCodes.Status200OK, found.Verification, found.Now, channels.Of(service, found.Verification), address.Of(context.Request), LineOf(service, found.Verification)),
            FetchVerificationResult.NotFound none => NotFound(context, none.Reason),
            FetchVerificationResult.Refused refused => GuardErrors.Guarded(refused.Refusal),
            var other => throw new InvalidOperationException($"No answer for {other.GetType().Name}."),
        };
    }

    async ValueTask<IResult> UpdateAsync(HttpContext context)
    {
        var ct = context.RequestAborted;
        if (await ServiceLookup.FindAsync(services, context, ct) is not { } service)
        {
            return ApiErrors.NotFound(context.Request.Path);
        }

        if (!TryReadName(context, out var name, out var error))
        {
            return error;
        }

        var read = await FormReader.ReadAsync(context.Request, ct);
        if (!read.TryGet(out var form, out error))
        {
            return error;
        }

        var binder = new FormBinder(form);
        binder.RequiredText("Status", 1, 64);
        var status = binder.Choice("Status", NewStatuses);
        if (binder.Error is not null)
        {
            return binder.Error;
        }

        return await update.RunAsync(service, name, status!.Value, ct) switch
        {
            UpdateVerificationResult.Updated updated =>
                new VerificationAnswer(StatusCodes.Status200OK, updated.Verification, updated.Now, channels.Of(service, updated.Verification), address.Of(context.Request), LineOf(service, updated.Verification)),
            UpdateVerificationResult.NotFound none => NotFound(context, none.Reason),
            var other => throw new InvalidOperationException($"No answer for {other.GetType().Name}."),
        };
    }

    /// <summary>What is known of the line without asking anybody, for services with LookupEnabled.</summary>
    LineFacts? LineOf(VerifyService service, Verification verification) => service.LookupEnabled && verification.To is PhoneNumber number ? lines.Of(number) : null;

    static ApiError NotFound(HttpContext context, NotFoundReason reason) =>
        ApiErrors.NotFound(context.Request.Path, Wire.Reason(reason), Wire.Explanation(reason));

    /// <summary>The last part of the path: a VE SID, or the destination itself, with its plus sign raw or percent-encoded.</summary>
    static bool TryReadName(HttpContext context, out VerificationName name, [System.Diagnostics.CodeAnalysis.NotNullWhen(false)] out ApiError? error)
    {
        var text = (string)context.Request.RouteValues["name"]!;
        if (Sid.TryParse(text, "VE", out var sid))
        {
            (name, error) = (new VerificationName(sid, null), null);
            return true;
        }

        // What is neither a SID nor a number names nothing that could be found.
        if (PhoneNumber.TryParse(text, out var number, out _))
        {
            (name, error) = (new VerificationName(null, number), null);
            return true;
        }

        if (EmailAddress.TryParse(text, out var mailbox, out _))
        {
            (name, error) = (new VerificationName(null, mailbox), null);
            return true;
        }

        (name, error) = (default, NotFound(context, NotFoundReason.NeverExisted));
        return false;
    }
}
